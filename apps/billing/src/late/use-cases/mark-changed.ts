import type { AccountId, OrganisationId } from '@billingrails/ids';
import { inTransaction, type Mongo } from '@billingrails/mongo';
import type { ClockStore } from '../../clocks/store/clocks';
import type { CreditPoolStore } from '../../credits/store/credit-pools';
import type { Subscription } from '../../subscriptions/domain/subscription';
import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';
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
  const { marks, subscriptions, creditPools, clocks } = parts;
  const accountIds = accounts === undefined ? undefined : [...accounts.keys()];
  const { nowMs: knownMs } = await clocks.present(organisationId);
  await setCreditsBack(creditPools, change);
  let changes: MarkedChange[] = [];
  for await (const { id, accountId, startMs, endMs } of subscriptions.lives(
    organisationId,
    accountIds,
  )) {
    const fromMs = Math.max(accounts?.get(accountId) ?? everyMs, startMs);
    if (fromMs >= (endMs ?? Infinity)) continue;
    const marked = { subscriptionId: id, fromMs, knownMs };
    if (endMs !== undefined) await markEnding(parts, organisationId, marked);
    else changes.push(marked);
    if (changes.length < MARKED_AT_ONCE) continue;
    await marks.add(organisationId, changes);
    changes = [];
  }
  await marks.add(organisationId, changes);
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
  { id, endMs }: Subscription,
  fromMs: number,
): Promise<void> {
  const { nowMs: knownMs } = await parts.clocks.present(organisationId);
  const change = { subscriptionId: id, fromMs, knownMs };
  if (endMs === undefined) await parts.marks.add(organisationId, [change]);
  else await markEnding(parts, organisationId, change);
}

/** Of a subscription that may have no bill to come: then there will be one of what has changed. */
async function markEnding(
  parts: MarkParts,
  organisationId: OrganisationId,
  change: MarkedChange,
): Promise<void> {
  const { mongo, marks, subscriptions, clocks, nudge } = parts;
  await inTransaction(mongo, async (session) => {
    await marks.add(organisationId, [change], session);
    const subscription = await subscriptions.find(organisationId, change.subscriptionId, session);
    const { clock } = await clocks.presentForSubscription(organisationId, session);
    if (subscription !== undefined)
      await schedule(parts, session, organisationId, subscription, clock);
  });
  nudge();
}
