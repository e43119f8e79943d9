import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { MarkStore } from '../../late/store/marks';
import type { Subscription } from '../../subscriptions/domain/subscription';
import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';
import type { CreditGrant } from '../domain/credit-grant';
import type { CreditUnit } from '../domain/credit-unit';

/** What marking needs. */
export interface MarkGrantedParts {
  readonly subscriptions: SubscriptionStore;
  readonly marks: MarkStore;
}

/**
 * Marks the subscriptions of whoever was granted credits from a past instant on, where what no grant covers is billed:
 * less of what was billed since is owed. Answers them.
 */
export async function markGranted(
  { subscriptions, marks }: MarkGrantedParts,
  session: ClientSession,
  organisationId: OrganisationId,
  unit: Pick<CreditUnit, 'overage'>,
  { accountId, effectiveMs, createMs }: Pick<CreditGrant, 'accountId' | 'effectiveMs' | 'createMs'>,
): Promise<Subscription[]> {
  if (unit.overage !== 'billed' || effectiveMs >= createMs) return [];
  const all = await subscriptions.ofAccount(organisationId, accountId, session);
  const changed = all.filter(({ endMs = Infinity }) => effectiveMs < endMs);
  const changes = changed.map(({ id: subscriptionId, startMs }) => {
    return { subscriptionId, fromMs: Math.max(effectiveMs, startMs), knownMs: createMs };
  });
  await marks.add(organisationId, changes, session);
  return changed;
}
