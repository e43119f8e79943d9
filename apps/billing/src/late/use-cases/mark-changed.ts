import type { AccountId, OrganisationId } from '@billingrails/ids';
import { inTransaction, type Mongo } from '@billingrails/mongo';
import type { ClockStore } from '../../clocks/store/clocks';
import type { CreditPoolStore } from '../../credits/store/credit-pools';
import { cyclePeriod, type Subscription } from '../../subscriptions/domain/subscription';
import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';
import { rulesOf } from '../../settings/use-cases/rules-of';
import { schedule, type ScheduleParts } from '../../subscriptions/use-cases/schedule';
import type { UsageChange } from '../contract/usage-changed';
import type { MarkedChange } from '../store/marks';

/** What marking needs. */
export interface MarkParts extends ScheduleParts {
  readonly mongo: Mongo;
  readonly clocks: ClockStore;
  readonly subscriptions: SubscriptionStore;
  readonly creditPools: CreditPoolStore;
  /** Lets the schedulers look at once: something may have become due. */
  readonly nudge: () => void;
}

const MARKED_AT_ONCE = 1_000;

/**
 * Marks every subscription that usage has changed of, whether any of its cycles is closed or not: one may be closed at
 * this moment by the usage of before. Doing it twice comes to the same.
 */
export async function markChanged(parts: MarkParts, change: UsageChange): Promise<void> {
  const { organisationId, accounts, fromMs: everyMs } = change;
  const { subscriptions, creditPools, clocks } = parts;
  const accountIds = accounts === undefined ? undefined : [...accounts.keys()];
  await setCreditsBack(creditPools, change);
  let changes: LiveChange[] = [];
  const presentFor = await clocks.presentsOf(organisationId, accountIds ?? []);
  for await (const { id, accountId, accountClock, startMs, endMs } of subscriptions.lives(
    organisationId,
    accountIds,
  )) {
    const fromMs = Math.max(accounts?.get(accountId) ?? everyMs, startMs);
    if (fromMs >= (endMs ?? Infinity)) continue;
    // Where all accounts are concerned, those that have clocks of their own are asked for one by one.
    const isAsked = accountIds === undefined && accountClock === true;
    const { nowMs: knownMs } = isAsked
      ? await clocks.presentOf(organisationId, accountId)
      : presentFor(accountId);
    const marked = { subscriptionId: id, fromMs, knownMs };
    if (endMs !== undefined) await markAndSchedule(parts, organisationId, marked);
    else changes.push({ id, accountId, change: marked });
    if (changes.length < MARKED_AT_ONCE) continue;
    await markLive(parts, organisationId, changes);
    changes = [];
  }
  await markLive(parts, organisationId, changes);
}

/** A change of a subscription without an end. */
interface LiveChange extends Pick<Subscription, 'id' | 'accountId'> {
  readonly change: MarkedChange;
}

/** Their next bills look at the changes, but where these have bills of their own. */
async function markLive(
  parts: MarkParts,
  organisationId: OrganisationId,
  changes: readonly LiveChange[],
): Promise<void> {
  const rulesFor = await rulesOf(parts, organisationId, changes);
  const isOwn = (live: LiveChange) => rulesFor(live).adjustmentBilling === 'own_bill';
  const waiting = changes.filter((live) => !isOwn(live)).map(({ change }) => change);
  await parts.marks.add(organisationId, waiting);
  for (const { change } of changes.filter(isOwn))
    await markAndSchedule(parts, organisationId, change);
}

/** Lets credits that the usage has burned be posted anew. */
async function setCreditsBack(
  creditPools: CreditPoolStore,
  { organisationId, accounts, fromMs }: UsageChange,
): Promise<void> {
  if (accounts === undefined) {
    await creditPools.setAllBack(organisationId, undefined, fromMs);
    return;
  }
  const byTime = new Map<number, AccountId[]>();
  for (const [accountId, time] of accounts)
    byTime.set(time, [...(byTime.get(time) ?? []), accountId]);
  for (const [time, accountIds] of byTime)
    await creditPools.setAllBack(organisationId, accountIds, time);
}

/** Marks one subscription from an instant on. */
export async function markSubscription(
  parts: MarkParts,
  organisationId: OrganisationId,
  { id, accountId, endMs }: Subscription,
  fromMs: number,
): Promise<void> {
  const { nowMs: knownMs } = await parts.clocks.presentOf(organisationId, accountId);
  const change = { subscriptionId: id, fromMs, knownMs };
  if (endMs === undefined) await markLive(parts, organisationId, [{ id, accountId, change }]);
  else await markAndSchedule(parts, organisationId, change);
}

/** Of a subscription that may have no bill to come for what has changed: then there will be one. */
async function markAndSchedule(
  parts: MarkParts,
  organisationId: OrganisationId,
  change: MarkedChange,
): Promise<void> {
  const { mongo, marks, subscriptions, clocks, nudge } = parts;
  await inTransaction(mongo, async (session) => {
    const { subscriptionId: id, fromMs } = change;
    const subscription = await subscriptions.find(organisationId, id, session);
    const before = (await marks.findMany(organisationId, [id], session)).get(id);
    const openMs = subscription && cyclePeriod(subscription, subscription.cycle).startMs;
    // What has changed in the open cycle waits for its close: the first change of what is closed is the first of all.
    if (openMs !== undefined && before !== undefined && before.fromMs >= openMs && fromMs < openMs)
      await marks.addAnew(organisationId, change, session);
    else await marks.add(organisationId, [change], session);
    if (subscription === undefined) return;
    const { accountId } = subscription;
    const present = await clocks.presentForSubscription(organisationId, accountId, session);
    await schedule(parts, session, organisationId, subscription, present);
  });
  nudge();
}
