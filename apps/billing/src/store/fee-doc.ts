import type { FeeId, MeterId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import type { Price } from '@billingrails/rating';
import type { Fee, MeterProfile } from '../domain/fee';

/** A meter profile as it lies in a document. */
export interface MeterProfileDoc {
  meterId: string;
  profile: string;
}

/** A price as it lies in a document: decimals as text, which keeps every digit. */
export type PriceDoc =
  | { kind: 'flat'; amount: string }
  | { kind: 'per_unit'; unitAmount: string }
  | { kind: 'graduated'; tiers: { upTo?: string; unitAmount: string; flatAmount: string }[] };

/** A fee inside a plan's or a subscription's document. */
export interface FeeDoc {
  id: string;
  name: string;
  price: PriceDoc;
  meterProfile?: MeterProfileDoc;
  unit: string;
  createMs: number;
}

export function feeToDoc({ id, name, price, meterProfile, unit, createMs }: Fee): FeeDoc {
  return {
    id,
    name,
    price: priceToDoc(price),
    ...(meterProfile === undefined ? {} : { meterProfile: { ...meterProfile } }),
    unit,
    createMs,
  };
}

export function feeFromDoc({ id, name, price, meterProfile, unit, createMs }: FeeDoc): Fee {
  return {
    id: id as FeeId,
    name,
    price: priceFromDoc(price),
    ...(meterProfile === undefined ? {} : { meterProfile: meterProfileFromDoc(meterProfile) }),
    unit,
    createMs,
  };
}

export function meterProfileFromDoc({ meterId, profile }: MeterProfileDoc): MeterProfile {
  return { meterId: meterId as MeterId, profile };
}

function priceToDoc(price: Price): PriceDoc {
  switch (price.kind) {
    case 'flat':
      return { kind: 'flat', amount: decimalText(price.amount) };
    case 'per_unit':
      return { kind: 'per_unit', unitAmount: decimalText(price.unitAmount) };
    case 'graduated':
      return {
        kind: 'graduated',
        tiers: price.tiers.map(({ upTo, unitAmount, flatAmount }) => ({
          ...(upTo === undefined ? {} : { upTo: decimalText(upTo) }),
          unitAmount: decimalText(unitAmount),
          flatAmount: decimalText(flatAmount),
        })),
      };
  }
}

function priceFromDoc(price: PriceDoc): Price {
  switch (price.kind) {
    case 'flat':
      return { kind: 'flat', amount: decimal(price.amount) };
    case 'per_unit':
      return { kind: 'per_unit', unitAmount: decimal(price.unitAmount) };
    case 'graduated':
      return {
        kind: 'graduated',
        tiers: price.tiers.map(({ upTo, unitAmount, flatAmount }) => ({
          ...(upTo === undefined ? {} : { upTo: decimal(upTo) }),
          unitAmount: decimal(unitAmount),
          flatAmount: decimal(flatAmount),
        })),
      };
  }
}
