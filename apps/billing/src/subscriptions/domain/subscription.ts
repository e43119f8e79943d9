import type { Violation } from '@billingrails/errors';
import type { Decimal } from '@billingrails/money';
import type { AccountId, PlanId, SubscriptionId } from '@billingrails/ids';
import {
  BillingCycles,
  cycleRuleViolations,
  isTimeZone,
  MONTHLY,
  type CycleRule,
  type Period,
} from '@billingrails/time';
import type { Commitment } from '../../catalogue/domain/commitment';
import { discountViolations, type Discount } from '../../catalogue/domain/discount';
import {
  feeListViolations,
  ownFeeViolations,
  type Fee,
  type FeeDraft,
} from '../../catalogue/domain/fee';
import { tooManyFees } from '../../catalogue/domain/fee-limits';
import { instantViolations } from '../../clocks/domain/instant';
import type { Fact, Proration } from './fact';
import { onceFor } from '../../domain/once-for';

/** An account's use of a plan, charged by cycles. */
export interface Subscription {
  readonly id: SubscriptionId;
  readonly accountId: AccountId;
  /** The plan that it starts with, and its version. */
  readonly planId: PlanId;
  readonly planVersion: number;
  /** ISO 4217 code of all that it is charged: one of each of its plans' currencies. */
  readonly currencyCode: string;
  /** When cycle 0 starts. */
  readonly startMs: number;
  /** IANA name of the zone whose calendar cycles are counted by. */
  readonly timeZone: string;
  readonly cycleRule: CycleRule;
  /** How a first cycle is charged that is shorter than a whole one. */
  readonly firstProration: Proration;
  /** Of what fees by quantity are charged for when it starts, such as seats. */
  readonly quantity: Decimal;
  /** What is committed to in place of what its plans say. Unset: what they say. */
  readonly commitment?: Commitment;
  /** What is let off of all fees. Unset: nothing. */
  readonly discounts?: readonly Discount[];
  /** What became of it, in the order in which it became known. Only added to. */
  readonly changes: readonly Fact[];
  /** Its own fees, charged after the plan's, in the order they were added. */
  readonly fees: readonly Fee[];
  /** The earliest cycle that has not been closed. */
  readonly cycle: number;
  /** By its clock. */
  readonly createMs: number;
  /** Whether its account lives by a test clock of its own. Unset: it does not. */
  readonly accountClock?: true;
  /** Nothing that happens at or after this is billed by it. Unset: it goes on. */
  readonly endMs?: number;
  /** When that end was asked for. Set exactly where `endMs` is. */
  readonly cancelMs?: number;
  /** How far it has been billed beside `cycle`. */
  readonly billed: BilledSoFar;
}

/** How a subscription is counted that says nothing of it: monthly from its start. */
export const MONTHLY_FROM_START: Pick<Subscription, 'cycleRule' | 'firstProration'> = {
  cycleRule: MONTHLY,
  firstProration: 'day',
};

/** How far a subscription has been billed. */
export interface BilledSoFar {
  /** Everything that was due by then has been billed; unset before the first bill. */
  readonly untilMs?: number;
  /** How many of `changes` were known to the last bill. */
  readonly changes: number;
  /** How many bills there are. */
  readonly bills: number;
}

/** Of a subscription that has not been billed. */
export const NOT_BILLED: BilledSoFar = { changes: 0, bills: 0 };

/** A subscription as it was asked for. */
export interface SubscriptionDraft {
  readonly accountId: string;
  readonly planId: string;
  /** Unset: the newest published. */
  readonly planVersion?: number;
  /** Unset: the plan's own. */
  readonly currencyCode?: string;
  /** Unset: the organisation's present. */
  readonly startMs?: number;
  readonly timeZone: string;
  readonly cycleRule: CycleRule;
  readonly firstProration: Proration;
  readonly quantity: Decimal;
  readonly commitment?: Commitment;
  /** What is let off of all fees. Unset: nothing. */
  readonly discounts?: readonly Discount[];
  readonly fees: readonly FeeDraft[];
}

/** All that is wrong with a subscription to be created, by path. */
export function subscriptionViolations(draft: SubscriptionDraft): Violation[] {
  const violations: Violation[] = [];
  if (draft.startMs !== undefined)
    violations.push(...instantViolations(draft.startMs, 'start_time'));
  if (!isTimeZone(draft.timeZone)) {
    violations.push({ field: 'time_zone', description: 'is not the IANA name of a time zone' });
  }
  violations.push(...cycleRuleViolations(draft.cycleRule, 'billing_cycle'));
  violations.push(...feeListViolations(draft.fees, 'fees'));
  for (const [index, fee] of draft.fees.entries())
    violations.push(...ownFeeViolations(fee, `fees[${index}]`));
  violations.push(...discountViolations(draft.discounts ?? [], 'discounts'));
  const excess = tooManyFees(draft.fees);
  if (excess !== undefined) violations.push({ field: 'fees', description: excess });
  return violations;
}

/** What a cycle needs to be counted. */
type Anchor = Pick<Subscription, 'startMs' | 'timeZone' | 'cycleRule'>;

/** What a cycle needs to be cut short where the subscription ends. */
type Lifetime = Anchor & Pick<Subscription, 'endMs'>;

/** Cycles that were asked for last, by what they are counted by: they never change, and are slow to work out. */
const cycles = new Map<string, BillingCycles>();
const CYCLES_KEPT = 2_000;

/** The cycles of a subscription, which bills are for. */
export const cyclesOf = onceFor(({ startMs, timeZone, cycleRule: rule }: Anchor): BillingCycles => {
  const key = JSON.stringify([startMs, timeZone, rule]);
  const known = cycles.get(key) ?? new BillingCycles({ startMs, timeZone, rule });
  // Behind the others: the first is the one that was not asked for for the longest time.
  cycles.delete(key);
  cycles.set(key, known);
  const [oldest] = cycles.keys();
  if (cycles.size > CYCLES_KEPT && oldest !== undefined) cycles.delete(oldest);
  return known;
});

/** The span of cycle `cycle`, counted from the anchor so that the 31st comes back after a short month. */
export function cyclePeriod(anchor: Anchor, cycle: number): Period {
  return cyclesOf(anchor).period(cycle);
}

/** What of cycle `cycle` is billed: up to the subscription's end. Undefined where it ended before the cycle began. */
export function billedPeriod(lifetime: Lifetime, cycle: number): Period | undefined {
  return untilEnd(cyclePeriod(lifetime, cycle), lifetime);
}

/**
 * What is billed of the cycle that contains `nowMs`, whether earlier ones are closed or not. Undefined before the
 * first, and from the end on.
 */
export function periodAt(lifetime: Lifetime, nowMs: number): Period | undefined {
  const cycle = cyclesOf(lifetime).at(nowMs);
  if (cycle === undefined || nowMs >= (lifetime.endMs ?? Infinity)) return undefined;
  return untilEnd(cycle.period, lifetime);
}

function untilEnd({ startMs, endMs }: Period, lifetime: Lifetime): Period | undefined {
  const cutMs = Math.min(endMs, lifetime.endMs ?? Infinity);
  return startMs < cutMs ? { startMs, endMs: cutMs } : undefined;
}

/**
 * What of a cycle has been used by `nowMs`, which lies in it: nothing that is dated later counts. In a cycle's first
 * millisecond it is that millisecond, as a span is never empty, and what was carried into the cycle is there from the
 * first.
 */
export function usedPeriod({ startMs }: Period, nowMs: number): Period {
  return { startMs, endMs: Math.max(nowMs, startMs + 1) };
}
