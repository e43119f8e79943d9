import type { FeeId, ProductId } from '@billingrails/ids';
import { dateOf, msOf } from '@billingrails/mongo';
import {
  corrupt,
  readPrice,
  writePrice,
  type GroupPrice,
  type GroupValue,
  type PlainPrice,
} from '@billingrails/rating';
import type { CommitmentCounting } from '../domain/commitment';
import type { CurrencyPrice, Fee, MeterProfile } from '../domain/fee';

/** A meter profile as it lies in a document. */
export interface MeterProfileDoc {
  meterId: string;
  profile: string;
}

/** A fee inside a plan's or a subscription's document. */
export interface FeeDoc {
  id: string;
  name: string;
  price: PlainPrice;
  meterProfile?: MeterProfileDoc;
  unit: string;
  /** Set exactly for a fee by group. */
  groupPrices?: GroupPriceDoc[];
  otherPrices?: CurrencyPriceDoc[];
  inAdvance?: boolean;
  once?: boolean;
  byQuantity?: boolean;
  counting?: CommitmentCounting;
  productId?: string;
  replacesId?: string;
  createTime: Date;
}

/** Those of the ids that are fees of documents, by id. */
export function feesOf(
  docs: readonly { readonly fees: readonly FeeDoc[] }[],
  feeIds: readonly string[],
): Map<string, Fee> {
  const all = docs.flatMap(({ fees }) => fees.filter(({ id }) => feeIds.includes(id)));
  return new Map(all.map((fee) => [fee.id, feeFromDoc(fee)]));
}

interface CurrencyPriceDoc {
  currencyCode: string;
  price: PlainPrice;
  groupPrices?: GroupPriceDoc[];
}

export interface GroupPriceDoc {
  values: GroupValue[];
  price: PlainPrice;
}

export function feeToDoc(fee: Fee): FeeDoc {
  const { id, name, price, meterProfile, unit, groupPrices, createMs } = fee;
  const { inAdvance, once, byQuantity, counting, productId, replacesId, otherPrices } = fee;
  return {
    id,
    name,
    price: writePrice(price),
    ...(meterProfile === undefined ? {} : { meterProfile: { ...meterProfile } }),
    unit,
    ...(groupPrices === undefined ? {} : { groupPrices: groupPrices.map(groupPriceToDoc) }),
    ...(otherPrices === undefined ? {} : { otherPrices: otherPrices.map(currencyPriceToDoc) }),
    ...(inAdvance === undefined ? {} : { inAdvance }),
    ...(once === undefined ? {} : { once }),
    ...(byQuantity === undefined ? {} : { byQuantity }),
    ...(counting === undefined ? {} : { counting }),
    ...(productId === undefined ? {} : { productId }),
    ...(replacesId === undefined ? {} : { replacesId }),
    createTime: dateOf(createMs),
  };
}

export function feeFromDoc(doc: FeeDoc): Fee {
  const { id, name, price, meterProfile, unit, groupPrices, createTime } = doc;
  const { inAdvance, once, byQuantity, counting, productId, replacesId, otherPrices } = doc;
  return {
    id: id as FeeId,
    name,
    price: readPrice(price, 'price', corrupt),
    ...(meterProfile === undefined ? {} : { meterProfile: meterProfileFromDoc(meterProfile) }),
    unit,
    ...(groupPrices === undefined ? {} : { groupPrices: groupPrices.map(groupPriceFromDoc) }),
    ...(otherPrices === undefined ? {} : { otherPrices: otherPrices.map(currencyPriceFromDoc) }),
    ...(inAdvance === undefined ? {} : { inAdvance }),
    ...(once === undefined ? {} : { once }),
    ...(byQuantity === undefined ? {} : { byQuantity }),
    ...(counting === undefined ? {} : { counting }),
    ...(productId === undefined ? {} : { productId: productId as ProductId }),
    ...(replacesId === undefined ? {} : { replacesId: replacesId as FeeId }),
    createMs: msOf(createTime),
  };
}

function currencyPriceToDoc({ currencyCode, price, groupPrices }: CurrencyPrice): CurrencyPriceDoc {
  const own = groupPrices && { groupPrices: groupPrices.map(groupPriceToDoc) };
  return { currencyCode, price: writePrice(price), ...own };
}

function currencyPriceFromDoc(doc: CurrencyPriceDoc): CurrencyPrice {
  const { currencyCode, price, groupPrices } = doc;
  const own = groupPrices && { groupPrices: groupPrices.map(groupPriceFromDoc) };
  return { currencyCode, price: readPrice(price, 'price', corrupt), ...own };
}

export function meterProfileFromDoc({ meterId, profile }: MeterProfileDoc): MeterProfile {
  return { meterId: meterId as MeterProfile['meterId'], profile };
}

export function groupPriceToDoc({ values, price }: GroupPrice): GroupPriceDoc {
  return { values: [...values], price: writePrice(price) };
}

export function groupPriceFromDoc({ values, price }: GroupPriceDoc): GroupPrice {
  return { values, price: readPrice(price, 'price', corrupt) };
}
