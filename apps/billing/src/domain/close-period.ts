import { assert } from '@billingrails/errors';
import {
  derivedId,
  type BillingPeriodId,
  type FeeId,
  type OrganisationId,
} from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import { rate, type RatedCharge } from '@billingrails/rating';
import type { Period } from '@billingrails/time';
import type { Fee, MeterProfile } from './fee';
import type { Plan } from './plan';
import { cyclePeriod, type Subscription } from './subscription';

/** What metering counted for one profile in the period. */
export interface Usage {
  /** Unset where the aggregation has no value: max, min and latest without events. */
  readonly quantity?: Decimal;
  readonly eventCount: bigint;
}

/** What one fee came to. Exact: nothing is rounded before the invoice's line. */
export interface Charge {
  readonly feeId: FeeId;
  readonly description: string;
  readonly unit: string;
  readonly rated: RatedCharge;
  /** What was priced. Unset for a flat price. */
  readonly usage?: {
    readonly meterProfile: MeterProfile;
    readonly period: Period;
    readonly eventCount: bigint;
  };
}

/** A closed cycle. It never changes. */
export interface BillingPeriod {
  readonly id: BillingPeriodId;
  readonly subscriptionId: Subscription['id'];
  readonly accountId: Subscription['accountId'];
  readonly planId: Plan['id'];
  readonly cycle: number;
  readonly period: Period;
  readonly currencyCode: string;
  /** One for each fee that charges the period, the plan's first. */
  readonly charges: readonly Charge[];
  /** When it was closed, by the organisation's clock. */
  readonly closeMs: number;
}

/** Tells profiles apart in a map of usages. Neither an id nor a code holds a "/". */
export function profileKey({ meterId, profile }: MeterProfile): string {
  return `${meterId}/${profile}`;
}

/** The fees that charge a period: those that were there before it ended, the plan's first. Each charges it whole. */
export function chargingFees(plan: Plan, subscription: Subscription, period: Period): Fee[] {
  return [...plan.fees, ...subscription.fees].filter((fee) => fee.createMs < period.endMs);
}

/** The usages that `closePeriod` must be given for these fees, each once. */
export function neededProfiles(fees: readonly Fee[]): MeterProfile[] {
  const profiles = new Map<string, MeterProfile>();
  for (const { meterProfile } of fees) {
    if (meterProfile !== undefined) profiles.set(profileKey(meterProfile), meterProfile);
  }
  return [...profiles.values()];
}

/** What a period is closed from. */
export interface PeriodInput {
  readonly organisationId: OrganisationId;
  readonly subscription: Subscription;
  readonly plan: Plan;
  /** By `profileKey`: complete for every profile of `neededProfiles`. */
  readonly usages: ReadonlyMap<string, Usage>;
  /** The organisation's present; not before the period's end. */
  readonly closeMs: number;
}

/** Closes the subscription's earliest open cycle: rates each fee that charges it. Pure, so that a preview is the same. */
export function closePeriod({
  organisationId,
  subscription,
  plan,
  usages,
  closeMs,
}: PeriodInput): BillingPeriod {
  assert(plan.id === subscription.planId, 'a subscription is closed by its own plan');
  const period = cyclePeriod(subscription, subscription.cycle);
  assert(period.endMs <= closeMs, 'a period closes after its end');
  return {
    id: derivedId('per', organisationId, subscription.id, String(subscription.cycle)),
    subscriptionId: subscription.id,
    accountId: subscription.accountId,
    planId: plan.id,
    cycle: subscription.cycle,
    period,
    currencyCode: plan.currencyCode,
    charges: chargingFees(plan, subscription, period).map((fee) => charge(fee, period, usages)),
    closeMs,
  };
}

function charge(fee: Fee, period: Period, usages: ReadonlyMap<string, Usage>): Charge {
  const common = { feeId: fee.id, description: fee.name, unit: fee.unit };
  const { meterProfile } = fee;
  if (meterProfile === undefined) {
    assert(fee.price.kind === 'flat', 'only a flat price does without a meter');
    return { ...common, rated: rate(fee.price, decimal(1n)) };
  }
  const usage = usages.get(profileKey(meterProfile));
  assert(usage !== undefined, `the usage of ${profileKey(meterProfile)} was asked for`);
  return {
    ...common,
    // No value (a maximum of nothing) is nothing used.
    rated: rate(fee.price, usage.quantity ?? decimal(0n)),
    usage: { meterProfile, period, eventCount: usage.eventCount },
  };
}
