import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { ServiceParts } from '../../service-parts';
import type { Fee } from '../domain/fee';

/** Of the ids those that are fees of plans or of subscriptions, by id. None ever changes. */
export async function findFees(
  { plans, subscriptions }: Pick<ServiceParts, 'plans' | 'subscriptions'>,
  organisationId: OrganisationId,
  feeIds: readonly string[],
  session?: ClientSession,
): Promise<ReadonlyMap<string, Fee>> {
  if (feeIds.length === 0) return new Map();
  const ofPlans = await plans.findFees(organisationId, feeIds, session);
  const ofSubscriptions = await subscriptions.findFees(organisationId, feeIds, session);
  return new Map([...ofPlans, ...ofSubscriptions]);
}
