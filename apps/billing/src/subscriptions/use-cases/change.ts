import { invalid, precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { previewAt } from '../../bills/use-cases/preview';
import type { SubscriptionParts } from '../../service-parts';
import { changedBy, changeViolations, effectiveMsOf, type ChangeDraft } from '../domain/change';
import { ended } from '../domain/missing';
import type { Subscription } from '../domain/subscription';
import { existing } from './existing';
import { refuseSharedFee, type AllowedOverlap } from './refuse-overlap';
import { schedule } from './schedule';
import type { SubscriptionNow } from './subscribe';

/** A change as it was asked for, and what its caller allows. */
export type CheckedChange = ChangeDraft & Pick<AllowedOverlap, 'allowSharedUsage'>;

/** Changes a subscription's plan, its quantity or both. A change that changes nothing is not kept. */
export async function change(
  parts: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  subscriptionId: string,
  draft: CheckedChange,
): Promise<SubscriptionNow> {
  const { subscriptions, clocks } = parts;
  const read = await existing(parts, organisationId, subscriptionId, session);
  const { clock, nowMs } = await clocks.presentForSubscription(organisationId, session);
  const subscription = await changed(parts, organisationId, read, draft, nowMs, session);
  if (subscription !== read) {
    await subscriptions.addChanges(organisationId, read, subscription, session);
    await schedule(parts, session, organisationId, subscription, clock);
  }
  return { subscription, nowMs };
}

/** The bill that a change would make, by the same steps without the write; see `previewAt`. */
export async function previewChange(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  subscriptionId: string,
  draft: CheckedChange,
  signal: AbortSignal,
): ReturnType<typeof previewAt> {
  const read = await existing(parts, organisationId, subscriptionId);
  const { nowMs } = await parts.clocks.present(organisationId);
  const subscription = await changed(parts, organisationId, read, draft, nowMs);
  const effectiveMs = effectiveMsOf(read, draft, nowMs);
  return previewAt(parts, organisationId, subscription, effectiveMs, signal);
}

/** The subscription as the change makes it, once all that speaks against it was looked at. */
async function changed(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  read: Subscription,
  { allowSharedUsage, ...draft }: CheckedChange,
  nowMs: number,
  session?: ClientSession,
): Promise<Subscription> {
  const violations = changeViolations(draft, nowMs, 'change');
  if (violations.length > 0)
    throw invalid('CHANGE_INVALID', 'The subscription cannot be changed so.', violations);
  const effectiveMs = effectiveMsOf(read, draft, nowMs);
  if ((read.endMs ?? Infinity) <= effectiveMs) throw ended();
  const { planId } = draft;
  if (planId !== undefined) {
    const plan = await parts.plans.find(organisationId, planId, session);
    const present = await parts.plans.find(organisationId, read.planId, session);
    if (plan === undefined || plan.currencyCode !== present?.currencyCode)
      throw precondition('PLAN_NOT_FITTING', 'The subscription cannot have that plan.', [
        {
          field: 'change.plan_id',
          description:
            plan === undefined
              ? 'names no plan'
              : `must name a plan in the currency of the present one, ${present?.currencyCode ?? ''}`,
        },
      ]);
    const { fees } = plan;
    const charging = { organisationId, accountId: read.accountId, startMs: effectiveMs, fees };
    if (session !== undefined && !allowSharedUsage)
      await refuseSharedFee(parts, session, charging, read.id);
  }
  return changedBy(read, draft, nowMs);
}
