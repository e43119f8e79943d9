import { assert } from '@billingrails/errors';
import {
  derivedId,
  type BillingPeriodId,
  type FeeId,
  type OrganisationId,
} from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import {
  groupKey,
  groupText,
  isByUsage,
  rate,
  rateGroups,
  readsTransactions,
  type Group,
  type GroupUsage,
  type RatedCharge,
  type Transactions,
} from '@billingrails/rating';
import type { Period } from '@billingrails/time';
import type { Fee, MeterProfile } from '../../catalogue/domain/fee';
import type { Plan } from '../../catalogue/domain/plan';
import { billedPeriod, type Subscription } from '../../subscriptions/domain/subscription';

const ZERO = decimal(0n);

/** What metering counted for one profile in the period. */
export interface Usage {
  /** Unset where the aggregation has no value: max, min and latest without events. */
  readonly quantity?: Decimal;
  readonly eventCount: bigint;
  /** The newest version of the profile that it was counted by. */
  readonly profileVersion?: number;
  /** What the events reported one by one: of the profiles of `neededTransactions`. */
  readonly transactions?: readonly Transactions[];
}

/** What one fee came to, or one group of it. Exact: nothing is rounded before the invoice's line. */
export interface Charge {
  readonly feeId: FeeId;
  /** The fee's name, with the group behind it. */
  readonly description: string;
  readonly unit: string;
  readonly rated: RatedCharge;
  /** Whose usage was priced. Unset where all groups were priced together. */
  readonly group?: Group;
  /** What was priced. Unset for a flat price. */
  readonly usage?: {
    readonly meterProfile: MeterProfile;
    readonly period: Period;
    readonly eventCount: bigint;
    /** The newest version of the profile that it was counted by. Unset in charges from before it was kept. */
    readonly profileVersion?: number;
    /** The first version of the profile with the group_by paths that the group's values are of. */
    readonly groupVersion?: number;
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
  /** IANA name of the zone the cycle was counted in. */
  readonly timeZone: string;
  readonly currencyCode: string;
  /** One for each fee that charges the period, the plan's first; of a fee by group one for each group that was used. */
  readonly charges: readonly Charge[];
  /** When it fell due, by the organisation's clock: the date of what is made of it, whenever it was closed. */
  readonly dueMs: number;
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

/** The groups of a profile, by `groupKey`, that any of the fees has a price for. */
export function pricedGroups(fees: readonly Fee[], meterProfile: MeterProfile): Set<string> {
  const ofProfile = fees.filter(
    (fee) =>
      fee.meterProfile !== undefined && profileKey(fee.meterProfile) === profileKey(meterProfile),
  );
  const priced = ofProfile.flatMap(({ groupPrices = [] }) => groupPrices);
  return new Set(priced.map(({ values }) => groupKey(values)));
}

/** What `closePeriod` must be given for these fees: usage of all groups together, and by group; each profile once. */
export function neededUsage(fees: readonly Fee[]): {
  readonly whole: MeterProfile[];
  readonly byGroup: MeterProfile[];
} {
  return {
    whole: profilesOf(fees.filter(({ groupPrices }) => groupPrices === undefined)),
    byGroup: profilesOf(fees.filter(({ groupPrices }) => groupPrices !== undefined)),
  };
}

/** The profiles, among those of all groups together, whose events must be told one by one; each once. */
export function neededTransactions(fees: readonly Fee[]): MeterProfile[] {
  return profilesOf(fees.filter(({ price }) => readsTransactions(price)));
}

function profilesOf(fees: readonly Fee[]): MeterProfile[] {
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
  /** By `profileKey`: complete for every profile of `neededUsage`. */
  readonly usages: ReadonlyMap<string, Usage>;
  /** The same, of fees by group. */
  readonly groupUsages: ReadonlyMap<string, readonly GroupUsage[]>;
  /** The newest version of each profile that these were counted by. */
  readonly groupVersions?: ReadonlyMap<string, number>;
  /** The organisation's present; not before the period's end. */
  readonly closeMs: number;
  /**
   * How many groups without a price of their own have a charge of their own, shared equally by the fees by group; the
   * rest is charged as other groups.
   */
  readonly groupsMax: number;
}

/** Closes the subscription's earliest open cycle: rates each fee that charges it. Pure, so that a preview is the same. */
export function closePeriod(input: PeriodInput): BillingPeriod {
  const { organisationId, subscription, plan, closeMs, groupsMax } = input;
  assert(plan.id === subscription.planId, 'a subscription is closed by its own plan');
  const period = billedPeriod(subscription, subscription.cycle);
  assert(period !== undefined, 'a cycle that is closed began before the subscription ended');
  assert(period.endMs <= closeMs, 'a period closes after its end');
  const fees = chargingFees(plan, subscription, period);
  const grouped = fees.filter(({ groupPrices }) => groupPrices !== undefined).length;
  const feeGroupsMax = Math.floor(groupsMax / Math.max(grouped, 1));
  return {
    id: derivedId('per', organisationId, subscription.id, String(subscription.cycle)),
    subscriptionId: subscription.id,
    accountId: subscription.accountId,
    planId: plan.id,
    cycle: subscription.cycle,
    period,
    timeZone: subscription.timeZone,
    currencyCode: plan.currencyCode,
    charges: fees.flatMap((fee) => chargesOf(fee, period, input, feeGroupsMax)),
    dueMs: dueMsOf(subscription, period),
    closeMs,
  };
}

/** A period falls due when it ends; one that had ended before it was subscribed to, with the subscription. */
function dueMsOf({ createMs }: Subscription, { endMs }: Period): number {
  return Math.max(endMs, createMs);
}

function chargesOf(fee: Fee, period: Period, input: PeriodInput, groupsMax: number): Charge[] {
  const common = { feeId: fee.id, description: fee.name, unit: fee.unit };
  const { meterProfile, price, groupPrices } = fee;
  if (meterProfile === undefined) {
    assert(!isByUsage(price), 'only a price that counts nothing does without a meter');
    return [{ ...common, rated: rate(price, { quantity: decimal(1n), eventCount: 0n }) }];
  }
  const usageOf = (eventCount: bigint, profileVersion?: number, groupVersion?: number) => ({
    ...{ meterProfile, period, eventCount },
    ...(profileVersion === undefined ? {} : { profileVersion }),
    ...(groupVersion === undefined ? {} : { groupVersion }),
  });
  if (groupPrices === undefined) {
    const { profileVersion, ...used } = asked(input.usages, meterProfile);
    const { eventCount } = used;
    // No value (a maximum of nothing) is nothing used.
    const rated = rate(price, { ...used, quantity: used.quantity ?? ZERO });
    return [{ ...common, rated, usage: usageOf(eventCount, profileVersion) }];
  }
  assert(isByUsage(price), 'only a price by usage is by group');
  const usages = asked(input.groupUsages, meterProfile);
  const profileVersion = input.groupVersions?.get(profileKey(meterProfile));
  const groups = rateGroups({ price, groupPrices }, usages, groupsMax);
  if (groups.length === 0) {
    const rated = rate(price, { quantity: ZERO, eventCount: 0n });
    return [{ ...common, rated, usage: usageOf(0n, profileVersion) }];
  }
  return groups.map(({ group, version, rated, eventCount }) => ({
    ...common,
    // Without values it is the usage of a version of the profile that has no groups.
    ...(group.length === 0 ? {} : { group, description: `${fee.name} (${groupText(group)})` }),
    rated,
    usage: usageOf(eventCount, profileVersion, version),
  }));
}

function asked<T>(usages: ReadonlyMap<string, T>, meterProfile: MeterProfile): T {
  const usage = usages.get(profileKey(meterProfile));
  assert(usage !== undefined, `the usage of ${profileKey(meterProfile)} was asked for`);
  return usage;
}
