import { invalid } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { SubscriptionParts } from '../../service-parts';
import { cancelled, type CancelTiming } from '../domain/cancellation';
import type { Proration } from '../domain/fact';
import { existing } from './existing';
import { schedule } from './schedule';
import type { SubscriptionNow } from './subscribe';

/** What ends, when, and how what was paid ahead is given back. */
export interface Cancellation {
  readonly subscriptionId: string;
  readonly timing: CancelTiming;
  readonly refund: Proration;
}

/** Ends a subscription; doing it again changes nothing. Throws a DomainError not_found when there is none. */
export async function cancel(
  parts: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { subscriptionId, timing, refund }: Cancellation,
): Promise<SubscriptionNow> {
  const { subscriptions, clocks } = parts;
  const subscription = await existing(parts, organisationId, subscriptionId, session);
  const { clock, nowMs } = await clocks.presentForSubscription(organisationId, session);
  if (typeof timing === 'object' && timing.ms < nowMs) {
    const description = `must not be before the present, ${new Date(nowMs).toISOString()}`;
    throw invalid('CHANGE_INVALID', 'The subscription cannot be changed so.', [
      { field: 'effective_time', description },
    ]);
  }
  const changed = cancelled(subscription, timing, nowMs, refund);
  if (changed !== subscription) {
    await subscriptions.addChanges(organisationId, subscription, changed, session);
    await schedule(parts, session, organisationId, changed, clock);
  }
  return { subscription: changed, nowMs };
}
