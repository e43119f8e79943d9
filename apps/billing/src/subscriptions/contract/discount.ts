import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  SubscriptionDiscount,
  SubscriptionDiscountSchema,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { plainDecimal, decimalText } from '@billingrails/money';
import type { FeeId } from '@billingrails/ids';
import { fromTimestamp, toTimestamp } from '@billingrails/rpc';
import type { Discount, DiscountEnd } from '../../catalogue/domain/discount';
import type { AgreedDiscount } from '../domain/discounts';

/** Discounts that passed the contract's own rules, of the list at `path`; that their fees exist is not known. */
export function discountsFromProto(
  messages: readonly SubscriptionDiscount[],
  path: string,
): Discount[] {
  return messages.map(({ percentOff, amountOff, feeId, name, lasts }, index) => {
    const until = endFromProto(lasts, `${path}[${index}].end_time`);
    return {
      ...(percentOff === '' ? {} : { percentOff: plainDecimal(percentOff) }),
      ...(amountOff === '' ? {} : { amountOff: plainDecimal(amountOff) }),
      ...(feeId === '' ? {} : { feeId: feeId as FeeId }),
      ...(name === '' ? {} : { name }),
      ...(until === undefined ? {} : { until }),
    };
  });
}

function endFromProto(lasts: SubscriptionDiscount['lasts'], path: string): DiscountEnd | undefined {
  switch (lasts.case) {
    case 'cycles':
      return { kind: 'cycles', cycles: lasts.value };
    case 'endTime':
      return { kind: 'instant', ms: fromTimestamp(lasts.value, path) };
    case undefined:
      return undefined;
  }
}

type DiscountInit = Extract<
  MessageInitShape<typeof SubscriptionDiscountSchema>,
  { $typeName?: never }
>;

/** What is let off, without when it begins and what it is known by. */
export function discountToProto(discount: Discount): DiscountInit {
  const { percentOff, amountOff, feeId = '', name = '', until } = discount;
  return {
    percentOff: percentOff === undefined ? '' : decimalText(percentOff),
    amountOff: amountOff === undefined ? '' : decimalText(amountOff),
    ...{ feeId, name },
    ...(until === undefined ? {} : { lasts: endToProto(until) }),
  };
}

export function agreedDiscountToProto({ id, discount, startMs }: AgreedDiscount): DiscountInit {
  return { ...discountToProto(discount), id, startTime: toTimestamp(startMs) };
}

function endToProto(until: DiscountEnd): NonNullable<DiscountInit['lasts']> {
  return until.kind === 'cycles'
    ? { case: 'cycles', value: until.cycles }
    : { case: 'endTime', value: toTimestamp(until.ms) };
}
