import type { FeeId } from '@billingrails/ids';
import { dateOf, msOf } from '@billingrails/mongo';
import { corrupt, readPrice, writePrice, type PlainPrice } from '@billingrails/rating';
import type { PriceCorrection } from '../domain/price-correction';
import { groupPriceFromDoc, groupPriceToDoc, type GroupPriceDoc } from './fee-doc';

/** What a correction says, in a plan's or a subscription's document. */
export interface CorrectedPriceDoc {
  feeId: string;
  price: PlainPrice;
  /** Set exactly for a fee by group. */
  groupPrices?: GroupPriceDoc[];
  note: string;
  currencyCode?: string;
}

/** A correction in a plan's document. */
export type PriceCorrectionDoc = CorrectedPriceDoc & { effectiveTime: Date; knownTime: Date };

type CorrectedPrice = Omit<PriceCorrection, 'effectiveMs' | 'knownMs'>;

export function correctedPriceToDoc(corrected: CorrectedPrice): CorrectedPriceDoc {
  const { feeId, price, groupPrices, note, currencyCode } = corrected;
  return {
    ...{ feeId, price: writePrice(price), note },
    ...(groupPrices === undefined ? {} : { groupPrices: groupPrices.map(groupPriceToDoc) }),
    ...(currencyCode === undefined ? {} : { currencyCode }),
  };
}

export function correctedPriceFromDoc(doc: CorrectedPriceDoc): CorrectedPrice {
  const { feeId, price, groupPrices, note, currencyCode } = doc;
  return {
    ...{ feeId: feeId as FeeId, price: readPrice(price, 'price', corrupt), note },
    ...(groupPrices === undefined ? {} : { groupPrices: groupPrices.map(groupPriceFromDoc) }),
    ...(currencyCode === undefined ? {} : { currencyCode }),
  };
}

export function priceCorrectionToDoc(correction: PriceCorrection): PriceCorrectionDoc {
  const { effectiveMs, knownMs } = correction;
  return {
    ...correctedPriceToDoc(correction),
    ...{ effectiveTime: dateOf(effectiveMs), knownTime: dateOf(knownMs) },
  };
}

export function priceCorrectionFromDoc(doc: PriceCorrectionDoc): PriceCorrection {
  const { effectiveTime, knownTime } = doc;
  return {
    ...correctedPriceFromDoc(doc),
    ...{ effectiveMs: msOf(effectiveTime), knownMs: msOf(knownTime) },
  };
}
