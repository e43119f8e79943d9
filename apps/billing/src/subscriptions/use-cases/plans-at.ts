import { assert } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { planKey, type Plan } from '../../catalogue/domain/plan';
import type { ServiceParts } from '../../service-parts';
import { lastTermsAt } from '../domain/present';
import type { Subscription } from '../domain/subscription';

/** The plan that a subscription has at an instant, and behind it its add-ons. */
export async function plansAt(
  { plans }: Pick<ServiceParts, 'plans'>,
  organisationId: OrganisationId,
  subscription: Subscription,
  nowMs: number,
  session?: ClientSession,
): Promise<Plan[]> {
  const terms = lastTermsAt(subscription, nowMs);
  const refs = [terms, ...(terms.addOns ?? [])];
  const found = await plans.findMany(organisationId, refs, session);
  return refs.map((ref) => {
    const plan = found.get(planKey(ref));
    assert(plan !== undefined, 'a subscription has its plans');
    return plan;
  });
}
