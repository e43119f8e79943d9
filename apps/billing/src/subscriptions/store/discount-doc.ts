import type { FeeId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf } from '@billingrails/mongo';
import type { Discount, DiscountEnd } from '../../catalogue/domain/discount';

/** A discount in a subscription's document: for so many cycles, until an instant, or for ever. */
export interface DiscountDoc {
  /** Set exactly where there is no `amountOff`. */
  percentOff?: string;
  amountOff?: string;
  feeId?: string;
  name?: string;
  cycles?: number;
  endTime?: Date;
}

export function discountToDoc(discount: Discount): DiscountDoc {
  const { percentOff, amountOff, feeId, name, until } = discount;
  return {
    ...(percentOff === undefined ? {} : { percentOff: decimalText(percentOff) }),
    ...(amountOff === undefined ? {} : { amountOff: decimalText(amountOff) }),
    ...(feeId === undefined ? {} : { feeId }),
    ...(name === undefined ? {} : { name }),
    ...(until === undefined ? {} : endToDoc(until)),
  };
}

export function discountFromDoc({
  percentOff,
  amountOff,
  feeId,
  name,
  ...rest
}: DiscountDoc): Discount {
  const until = endFromDoc(rest);
  return {
    ...(percentOff === undefined ? {} : { percentOff: decimal(percentOff) }),
    ...(amountOff === undefined ? {} : { amountOff: decimal(amountOff) }),
    ...(feeId === undefined ? {} : { feeId: feeId as FeeId }),
    ...(name === undefined ? {} : { name }),
    ...(until === undefined ? {} : { until }),
  };
}

type EndDoc = Pick<DiscountDoc, 'cycles' | 'endTime'>;

function endToDoc(until: DiscountEnd): EndDoc {
  return until.kind === 'cycles' ? { cycles: until.cycles } : { endTime: dateOf(until.ms) };
}

function endFromDoc({ cycles, endTime }: EndDoc): DiscountEnd | undefined {
  if (cycles !== undefined) return { kind: 'cycles', cycles };
  return endTime === undefined ? undefined : { kind: 'instant', ms: msOf(endTime) };
}
