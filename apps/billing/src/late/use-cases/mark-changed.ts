import type { OrganisationId } from '@billingrails/ids';
import { inTransaction, type Mongo } from '@billingrails/mongo';
import type { ClockStore } from '../../clocks/store/clocks';
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
  /** Lets the schedulers look at once: something may have become due. */
  readonly nudge: () => void;
}

const MARKED_AT_ONCE = 1_000;

/**
 * Marks every subscription that usage has changed of, whether any of its cycles is closed or not: one may be closed at
 * this moment by the usage of before. Doing it twice comes to the same.
 */
export async function markChanged(
  parts: MarkParts,
  { organisationId, accounts, fromMs: everyMs }: UsageChange,
): Promise<void> {
  const { marks, subscriptions, clocks } = parts;
  const accountIds = accounts === undefined ? undefined : [...accounts.keys()];
  const { nowMs: knownMs } = await clocks.present(organisationId);
  let changes: MarkedChange[] = [];
  for await (const { id, accountId, startMs, endMs } of subscriptions.lives(
    organisationId,
    accountIds,
  )) {
    const fromMs = Math.max(accounts?.get(accountId) ?? everyMs, startMs);
    if (fromMs >= (endMs ?? Infinity)) continue;
    const change = { subscriptionId: id, fromMs, knownMs };
    if (endMs !== undefined) await markEnding(parts, organisationId, change);
    else changes.push(change);
    if (changes.length < MARKED_AT_ONCE) continue;
    await marks.add(organisationId, changes);
    changes = [];
  }
  await marks.add(organisationId, changes);
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
