import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { missing } from '../domain/refusals/missing';
import type { Subscription } from '../domain/subscription';
import type { SubscriptionStore } from '../store/subscriptions';

/** The subscription of an id. Throws a DomainError not_found when there is none. */
export async function existing(
  { subscriptions }: { readonly subscriptions: SubscriptionStore },
  organisationId: OrganisationId,
  subscriptionId: string,
  session?: ClientSession,
): Promise<Subscription> {
  const subscription = await subscriptions.find(organisationId, subscriptionId, session);
  if (subscription === undefined) throw missing();
  return subscription;
}
