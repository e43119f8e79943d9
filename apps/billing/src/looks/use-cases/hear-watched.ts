import type { AccountId, OrganisationId } from '@billingrails/ids';
import { mapBounded } from '@billingrails/waits';
import { agreementFrom, plansOf, prepareBills } from '../../bills/use-cases/prepare-bill';
import type { SubscriptionParts } from '../../service-parts';
import { rulesOf } from '../../settings/use-cases/rules-of';
import type { Subscription } from '../../subscriptions/domain/subscription';
import { attempt, isFailure } from '../../usage/attempt';
import type { CountedEvents } from '../../usage/counted-events';
import { lookedBill, type Looked } from './looked-bill';
import { reachesTrialLimit, TRIALS_AT_ONCE } from './trial-limits';

/** Subscriptions whose running cycles are computed together. */
const TOGETHER = 250;

/**
 * Has watched subscriptions looked at whose usage was counted and has reached a threshold or the limit of a trial with
 * it, or cannot be told just now. What is lost with a process that is killed is found when they are looked at in any
 * case.
 */
export async function hearWatched(
  parts: SubscriptionParts,
  counted: ReadonlyMap<OrganisationId, CountedEvents>,
  signal: AbortSignal,
): Promise<void> {
  const { due, subscriptions, clocks, nudge } = parts;
  for (const [organisationId, byName] of counted) {
    const accountIds = new Set<AccountId>();
    for (const accounts of byName.values()) for (const id of accounts) accountIds.add(id);
    const ids = await due.watched(organisationId, [...accountIds]);
    for (let from = 0; from < ids.length && !signal.aborted; from += TOGETHER) {
      const some = ids.slice(from, from + TOGETHER);
      const found = [...(await subscriptions.findMany(organisationId, some)).values()];
      const reached = await reachedBy(parts, organisationId, found, signal);
      for (const [presentMs, together] of reached)
        await due.look(
          organisationId,
          [...together].map(({ id }) => id),
          presentMs,
        );
      if (reached.size === 0) continue;
      await clocks.wake(organisationId);
      nudge();
    }
  }
}

/** Those that a look would bill, by the present of their clocks. */
async function reachedBy(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  watched: readonly Subscription[],
  signal: AbortSignal,
): Promise<Map<number, Set<Subscription>>> {
  const accountIds = watched.map(({ accountId }) => accountId);
  const presentFor = await parts.clocks.presentsOf(organisationId, accountIds);
  const plans = await plansOf(parts, organisationId, watched);
  const rulesFor = await rulesOf(parts, organisationId, watched);
  const all = watched.map((subscription): Looked => {
    const agreement = agreementFrom(plans, organisationId, subscription);
    return { agreement, subscription, rules: rulesFor(subscription), attempts: 1 };
  });
  const wanted = all.flatMap((looked) => {
    const { subscription } = looked;
    const { dueMs: _, ...bill } =
      lookedBill(looked, presentFor(subscription.accountId).nowMs) ?? {};
    return 'agreement' in bill ? [bill] : [];
  });
  const asking = { waitForAcknowledged: false, signal };
  const prepared = await prepareBills(parts, organisationId, wanted, asking);
  const trials = await mapBounded(all, TRIALS_AT_ONCE, (looked) => {
    const { nowMs } = presentFor(looked.subscription.accountId);
    return attempt(() => reachesTrialLimit(parts, looked, nowMs, asking));
  });
  const reached = new Map<number, Set<Subscription>>();
  const add = (subscription: Subscription): void => {
    const { nowMs } = presentFor(subscription.accountId);
    reached.set(nowMs, (reached.get(nowMs) ?? new Set()).add(subscription));
  };
  for (const [index, { subscription }] of all.entries())
    if (trials[index] !== false) add(subscription);
  for (const [index, { subscription }] of wanted.entries()) {
    const entries = prepared[index];
    const isTold = entries !== undefined && entries !== 'partial' && !isFailure(entries);
    if (!isTold || entries.length > 0) add(subscription);
  }
  return reached;
}
