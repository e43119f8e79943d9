import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  CycleUnit as CycleUnitMessage,
  type BillingCycle,
  type BillingCycleSchema,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { fromTimestamp, toTimestamp } from '@billingrails/rpc';
import type { CycleAnchor, CycleRule, CycleUnit } from '@billingrails/time';
import { MONTHLY_FROM_START, type Subscription } from '../domain/subscription';
import { prorationFromProto, prorationToProto } from './proration';

/** What messages of things that are counted like cycles have in common. */
type CountedMessage = Pick<BillingCycle, 'unit' | 'count' | 'anchor'>;
type CountedInit = Pick<
  Extract<MessageInitShape<typeof BillingCycleSchema>, { $typeName?: never }>,
  'unit' | 'count' | 'anchor'
>;

type Counted = Pick<Subscription, 'cycleRule' | 'firstProration'>;

const UNITS: Record<CycleUnit, CycleUnitMessage> = {
  day: CycleUnitMessage.DAY,
  week: CycleUnitMessage.WEEK,
  month: CycleUnitMessage.MONTH,
  quarter: CycleUnitMessage.QUARTER,
  half_year: CycleUnitMessage.HALF_YEAR,
  year: CycleUnitMessage.YEAR,
};

/** How cycles are counted; what is left out is filled in. Throws a DomainError for an instant that is none. */
export function billingCycleFromProto(message: BillingCycle | undefined): Counted {
  if (message === undefined) return MONTHLY_FROM_START;
  return {
    cycleRule: cycleRuleFromProto(message, 'billing_cycle'),
    firstProration: prorationFromProto(message.firstProration, MONTHLY_FROM_START.firstProration),
  };
}

/** The rule of what is counted like a billing cycle; `path` names it in errors. */
export function cycleRuleFromProto(message: CountedMessage, path: string): CycleRule {
  const { unit, count } = message;
  return {
    unit: unitFromProto(unit),
    count: count || 1,
    anchor: anchorFromProto(message, `${path}.anchor_time`),
  };
}

export function billingCycleToProto({
  cycleRule,
  firstProration,
}: Counted): MessageInitShape<typeof BillingCycleSchema> {
  return {
    ...cycleRuleToProto(cycleRule),
    firstProration: prorationToProto(firstProration),
  };
}

/** The fields of a message that is counted by the rule. */
export function cycleRuleToProto({ unit, count, anchor }: CycleRule): CountedInit {
  const counted = { unit: UNITS[unit], count };
  switch (anchor.kind) {
    case 'start':
      return counted;
    case 'instant':
      return { ...counted, anchor: { case: 'anchorTime', value: toTimestamp(anchor.ms) } };
    case 'calendar': {
      const { weekday = 0, dayOfMonth = 0, month = 0 } = anchor;
      return { ...counted, anchor: { case: 'calendar', value: { weekday, dayOfMonth, month } } };
    }
  }
}

function unitFromProto(unit: CycleUnitMessage): CycleRule['unit'] {
  switch (unit) {
    case CycleUnitMessage.UNSPECIFIED:
    case CycleUnitMessage.MONTH:
      return 'month';
    case CycleUnitMessage.DAY:
      return 'day';
    case CycleUnitMessage.WEEK:
      return 'week';
    case CycleUnitMessage.QUARTER:
      return 'quarter';
    case CycleUnitMessage.HALF_YEAR:
      return 'half_year';
    case CycleUnitMessage.YEAR:
      return 'year';
  }
}

function anchorFromProto({ anchor }: CountedMessage, path: string): CycleAnchor {
  switch (anchor.case) {
    case undefined:
      return { kind: 'start' };
    case 'anchorTime':
      return { kind: 'instant', ms: fromTimestamp(anchor.value, path) };
    case 'calendar': {
      const { weekday, dayOfMonth, month } = anchor.value;
      return {
        kind: 'calendar',
        ...(weekday === 0 ? {} : { weekday }),
        ...(dayOfMonth === 0 ? {} : { dayOfMonth }),
        ...(month === 0 ? {} : { month }),
      };
    }
  }
}
