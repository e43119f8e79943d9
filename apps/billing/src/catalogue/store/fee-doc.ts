import type { FeeId, MeterId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import type { GroupPrice, GroupValue, Price, UsagePrice } from '@billingrails/rating';
import type { Fee, MeterProfile } from '../domain/fee';

/** A meter profile as it lies in a document. */
export interface MeterProfileDoc {
  meterId: string;
  profile: string;
}

/** A price as it lies in a document: decimals as text, which keeps every digit. */
export type PriceDoc = { kind: 'flat'; amount: string } | UsagePriceDoc;

type UsagePriceDoc =
  | { kind: 'per_unit'; unitAmount: string }
  | { kind: 'graduated'; tiers: { upTo?: string; unitAmount: string; flatAmount: string }[] };

/** A fee inside a plan's or a subscription's document. */
export interface FeeDoc {
  id: string;
  name: string;
  price: PriceDoc;
  meterProfile?: MeterProfileDoc;
  unit: string;
  /** Set exactly for a fee by group. */
  groupPrices?: GroupPriceDoc[];
  createMs: number;
}

interface GroupPriceDoc {
  values: GroupValue[];
  price: UsagePriceDoc;
}

export function feeToDoc(fee: Fee): FeeDoc {
  const { id, name, price, meterProfile, unit, groupPrices, createMs } = fee;
  return {
    id,
    name,
    price: priceToDoc(price),
    ...(meterProfile === undefined ? {} : { meterProfile: { ...meterProfile } }),
    unit,
    ...(groupPrices === undefined ? {} : { groupPrices: groupPrices.map(groupPriceToDoc) }),
    createMs,
  };
}

export function feeFromDoc(doc: FeeDoc): Fee {
  const { id, name, price, meterProfile, unit, groupPrices, createMs } = doc;
  return {
    id: id as FeeId,
    name,
    price: priceFromDoc(price),
    ...(meterProfile === undefined ? {} : { meterProfile: meterProfileFromDoc(meterProfile) }),
    unit,
    ...(groupPrices === undefined ? {} : { groupPrices: groupPrices.map(groupPriceFromDoc) }),
    createMs,
  };
}

export function meterProfileFromDoc({ meterId, profile }: MeterProfileDoc): MeterProfile {
  return { meterId: meterId as MeterId, profile };
}

function groupPriceToDoc({ values, price }: GroupPrice): GroupPriceDoc {
  return { values: [...values], price: usagePriceToDoc(price) };
}

function groupPriceFromDoc({ values, price }: GroupPriceDoc): GroupPrice {
  return { values, price: usagePriceFromDoc(price) };
}

function priceToDoc(price: Price): PriceDoc {
  return price.kind === 'flat'
    ? { kind: 'flat', amount: decimalText(price.amount) }
    : usagePriceToDoc(price);
}

function usagePriceToDoc(price: UsagePrice): UsagePriceDoc {
  if (price.kind === 'per_unit')
    return { kind: 'per_unit', unitAmount: decimalText(price.unitAmount) };
  return {
    kind: 'graduated',
    tiers: price.tiers.map(({ upTo, unitAmount, flatAmount }) => ({
      ...(upTo === undefined ? {} : { upTo: decimalText(upTo) }),
      unitAmount: decimalText(unitAmount),
      flatAmount: decimalText(flatAmount),
    })),
  };
}

function priceFromDoc(price: PriceDoc): Price {
  return price.kind === 'flat'
    ? { kind: 'flat', amount: decimal(price.amount) }
    : usagePriceFromDoc(price);
}

function usagePriceFromDoc(price: UsagePriceDoc): UsagePrice {
  if (price.kind === 'per_unit') return { kind: 'per_unit', unitAmount: decimal(price.unitAmount) };
  return {
    kind: 'graduated',
    tiers: price.tiers.map(({ upTo, unitAmount, flatAmount }) => ({
      ...(upTo === undefined ? {} : { upTo: decimal(upTo) }),
      unitAmount: decimal(unitAmount),
      flatAmount: decimal(flatAmount),
    })),
  };
}
