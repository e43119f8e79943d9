import { assert } from '@billingrails/errors';
import { addToOutbox, inTransaction, type Mongo } from '@billingrails/mongo';
import {
  chargingFees,
  neededTransactions,
  neededUsage,
  pricedGroups,
  profileKey,
  type BillingPeriod,
  type PeriodInput,
  type Usage,
} from '../domain/close-period';
import type { MeterProfile } from '../../catalogue/domain/fee';
import { billedPeriod } from '../../subscriptions/domain/subscription';
import { sumOfTransactions, type Transactions } from '@billingrails/rating';
import { mapBounded } from '../../usage/bounded';
import type { Metering, UsageQuestion } from '../../usage/metering';
import type { AccountStore } from '../../accounts/store/accounts';
import type { BillingPeriodStore } from '../store/billing-periods';
import type { Claim } from '../../schedule/claims';
import type { PlanStore } from '../../catalogue/store/plans';
import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';
import { periodMessage } from './period-message';

/** The subject that closed periods travel on. */
export const PERIOD_CLOSED_SUBJECT = 'billing.period_closed';

/** Usage queries of one period at the same time. */
const QUERIES_AT_ONCE = 4;

/**
 * closed: the period, its message and the subscription's next cycle are committed. overtaken: another replica had
 * closed the cycle, or the subscription got another end; nothing was written. partial: metering still counts events from before a profile; nothing was
 * written.
 */
export type CloseOutcome = 'closed' | 'overtaken' | 'partial';

/** What closing needs. */
export interface CloseParts {
  readonly mongo: Mongo;
  readonly accounts: AccountStore;
  readonly plans: PlanStore;
  readonly subscriptions: SubscriptionStore;
  readonly billingPeriods: BillingPeriodStore;
  readonly metering: Metering;
}

/** When a claim's cycle is closed, by the organisation's clock, and from when its next one is due in real time. */
export interface CloseTimes {
  readonly closeMs: number;
  /** Given the end of the next cycle. */
  readonly nextDueMs: (endMs: number) => number;
}

/**
 * Closes the claimed cycle: asks metering for every acknowledged event's usage, rates it, and commits once.
 * Throws a DomainError of kind unavailable when metering or the database cannot be reached; nothing is written then.
 */
export async function close(
  parts: CloseParts,
  claim: Claim,
  times: CloseTimes,
  signal?: AbortSignal,
): Promise<CloseOutcome> {
  const { organisationId, subscription } = claim;
  const [plan, account] = await Promise.all([
    parts.plans.find(organisationId, subscription.planId),
    parts.accounts.find(organisationId, subscription.accountId),
  ]);
  assert(plan !== undefined && account !== undefined, 'a subscription has its plan and account');
  const usages = await usagesOf(parts.metering, claim, plan, signal);
  if (usages === undefined) return 'partial';
  const { closed, data } = periodMessage(
    { organisationId, subscription, plan, ...usages, closeMs: times.closeMs },
    { accountName: account.name, planName: plan.name },
  );
  return (await commit(parts, claim, closed, data, times)) ? 'closed' : 'overtaken';
}

/** The complete usage of every profile that the period is charged by; undefined while one is partial. */
async function usagesOf(
  metering: Metering,
  { organisationId, subscription }: Claim,
  plan: Parameters<typeof chargingFees>[0],
  signal: AbortSignal | undefined,
): Promise<Pick<PeriodInput, 'usages' | 'groupUsages' | 'groupVersions'> | undefined> {
  const period = billedPeriod(subscription, subscription.cycle);
  assert(period !== undefined, 'a cycle that is due began before the subscription ended');
  const fees = chargingFees(plan, subscription, period);
  const { whole, byGroup } = neededUsage(fees);
  const question = {
    organisationId,
    accountId: subscription.accountId,
    period,
    timeZone: subscription.timeZone,
    waitForAcknowledged: true,
    ...(signal === undefined ? {} : { signal }),
  };
  const usages = await answers(whole, question, metering.usage);
  const told = await answers(neededTransactions(fees), question, metering.transactions);
  const grouped = await answers(byGroup, question, (asked) =>
    metering.usageByGroup({ ...asked, keptGroups: pricedGroups(fees, asked.meterProfile) }),
  );
  if ([...usages.values(), ...grouped.values()].some(({ partial }) => partial)) return undefined;
  const groupUsages = new Map([...grouped].map(([key, { groups }]) => [key, groups]));
  const groupVersions = new Map(
    [...grouped].map(([key, { profileVersion }]) => [key, profileVersion]),
  );
  return { usages: withTransactions(usages, told), groupUsages, groupVersions };
}

/** The usage of whose events are told one by one is what they come to: events may have come between the two answers. */
function withTransactions<T extends Usage>(
  usages: ReadonlyMap<string, T>,
  told: ReadonlyMap<string, readonly Transactions[]>,
): Map<string, Usage> {
  const joined = [...usages].map(([key, usage]): [string, Usage] => {
    const transactions = told.get(key);
    return transactions === undefined
      ? [key, usage]
      : [key, { ...usage, ...sumOfTransactions(transactions), transactions }];
  });
  return new Map(joined);
}

/** The answer for each profile, by `profileKey`. */
async function answers<T>(
  profiles: readonly MeterProfile[],
  question: Omit<UsageQuestion, 'meterProfile'>,
  ask: (question: UsageQuestion) => Promise<T>,
): Promise<Map<string, T>> {
  const entries = await mapBounded(profiles, QUERIES_AT_ONCE, async (meterProfile) => {
    return [profileKey(meterProfile), await ask({ ...question, meterProfile })] as const;
  });
  return new Map(entries);
}

/** Writes the period, its message and the subscription's next cycle, all or nothing. False: the cycle was closed before. */
function commit(
  { mongo, subscriptions, billingPeriods }: CloseParts,
  { organisationId, subscription }: Claim,
  closed: BillingPeriod,
  data: Uint8Array,
  { nextDueMs }: CloseTimes,
): Promise<boolean> {
  return inTransaction(mongo, async (session) => {
    // The compare-and-set comes first, so that whoever is late writes nothing.
    if (!(await subscriptions.advance(organisationId, subscription, nextDueMs, session)))
      return false;
    await billingPeriods.insert(organisationId, closed, session);
    await addToOutbox(mongo.db, session, { id: closed.id, subject: PERIOD_CLOSED_SUBJECT, data });
    return true;
  });
}
