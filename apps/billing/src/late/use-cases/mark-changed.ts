import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';
import type { UsageChange } from '../contract/usage-changed';
import type { MarkedChange, MarkStore } from '../store/marks';

/** What marking needs. */
export interface MarkParts {
  readonly marks: MarkStore;
  readonly subscriptions: SubscriptionStore;
}

const MARKED_AT_ONCE = 1_000;

/**
 * Marks every subscription that usage has changed of, whether any of its cycles is closed or not: one may be closed at
 * this moment by the usage of before. Doing it twice comes to the same.
 */
export async function markChanged(
  { marks, subscriptions }: MarkParts,
  { organisationId, accounts, fromMs: everyMs }: UsageChange,
): Promise<void> {
  const accountIds = accounts === undefined ? undefined : [...accounts.keys()];
  let changes: MarkedChange[] = [];
  for await (const { id, accountId, startMs, endMs } of subscriptions.lives(
    organisationId,
    accountIds,
  )) {
    const fromMs = Math.max(accounts?.get(accountId) ?? everyMs, startMs);
    if (fromMs >= (endMs ?? Infinity)) continue;
    changes.push({ subscriptionId: id, fromMs });
    if (changes.length < MARKED_AT_ONCE) continue;
    await marks.add(organisationId, changes);
    changes = [];
  }
  await marks.add(organisationId, changes);
}
