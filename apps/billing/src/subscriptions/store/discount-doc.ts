import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf } from '@billingrails/mongo';
import type { Discount, DiscountEnd } from '../../catalogue/domain/discount';

/** A discount in a subscription's document: for so many cycles, until an instant, or for ever. */
export interface DiscountDoc {
  percentOff: string;
  cycles?: number;
  endTime?: Date;
}

export function discountToDoc({ percentOff, until }: Discount): DiscountDoc {
  return { percentOff: decimalText(percentOff), ...(until === undefined ? {} : endToDoc(until)) };
}

export function discountFromDoc({ percentOff, ...rest }: DiscountDoc): Discount {
  const until = endFromDoc(rest);
  return { percentOff: decimal(percentOff), ...(until === undefined ? {} : { until }) };
}

function endToDoc(until: DiscountEnd): Omit<DiscountDoc, 'percentOff'> {
  return until.kind === 'cycles' ? { cycles: until.cycles } : { endTime: dateOf(until.ms) };
}

function endFromDoc({ cycles, endTime }: Omit<DiscountDoc, 'percentOff'>): DiscountEnd | undefined {
  if (cycles !== undefined) return { kind: 'cycles', cycles };
  return endTime === undefined ? undefined : { kind: 'instant', ms: msOf(endTime) };
}
