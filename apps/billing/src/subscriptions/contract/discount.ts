import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  SubscriptionDiscount,
  SubscriptionDiscountSchema,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { decimalText } from '@billingrails/money';
import { fromTimestamp, toTimestamp } from '@billingrails/rpc';
import { decimalFromProto } from '../../contract/decimal';
import type { Discount, DiscountEnd } from '../../catalogue/domain/discount';

/** Discounts that passed the contract's own rules, as the field that holds them; none: absent. */
export function discountsFromProto(messages: readonly SubscriptionDiscount[]): {
  readonly discounts?: readonly Discount[];
} {
  if (messages.length === 0) return {};
  return {
    discounts: messages.map(({ percentOff, lasts }, index) => {
      const until = endFromProto(lasts, `discounts[${index}].end_time`);
      return {
        percentOff: decimalFromProto(percentOff),
        ...(until === undefined ? {} : { until }),
      };
    }),
  };
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

type DiscountInit = MessageInitShape<typeof SubscriptionDiscountSchema>;

export function discountsToProto(discounts: readonly Discount[] = []): DiscountInit[] {
  return discounts.map(({ percentOff, until }) => ({
    percentOff: decimalText(percentOff),
    ...(until === undefined ? {} : { lasts: endToProto(until) }),
  }));
}

function endToProto(until: DiscountEnd): NonNullable<DiscountInit['lasts']> {
  return until.kind === 'cycles'
    ? { case: 'cycles', value: until.cycles }
    : { case: 'endTime', value: toTimestamp(until.ms) };
}
