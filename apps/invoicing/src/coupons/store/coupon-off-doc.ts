import { decimal, decimalText } from '@billingrails/money';
import type { CouponOff } from '../domain/coupon';

/** What is let off, as it lies in MongoDB: one of them. */
export interface CouponOffDoc {
  percentOff?: string;
  amountOff?: { currencyCode: string; minorUnits: string };
}

export function couponOffToDoc(off: CouponOff): CouponOffDoc {
  if (off.kind === 'percent') return { percentOff: decimalText(off.percent) };
  const { currencyCode, minorUnits } = off.amount;
  return { amountOff: { currencyCode, minorUnits: String(minorUnits) } };
}

export function couponOffFromDoc({ percentOff, amountOff }: CouponOffDoc): CouponOff {
  if (amountOff === undefined) return { kind: 'percent', percent: decimal(percentOff ?? '0') };
  const { currencyCode, minorUnits } = amountOff;
  return { kind: 'amount', amount: { currencyCode, minorUnits: BigInt(minorUnits) } };
}
