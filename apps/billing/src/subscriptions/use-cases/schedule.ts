import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { agreementOf, progressOf } from '../../bills/use-cases/prepare-bill';
import { nextMoment } from '../../bills/domain/moments';
import { dueOf } from '../../schedule/domain/due-of';
import type { SubscriptionParts } from '../../service-parts';
import type { Subscription } from '../domain/subscription';

/** Says when a subscription falls due next, as it is now; in the transaction that made it so. */
export async function schedule(
  { plans, due, settleMs, graceMs }: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  subscription: Subscription,
  clock: 'real' | 'test',
): Promise<void> {
  const agreement = await agreementOf({ plans }, organisationId, subscription, session);
  const next = nextMoment(agreement, progressOf(subscription), graceMs);
  const times = next && dueOf(clock, settleMs, graceMs)(next);
  await due.set(organisationId, [{ id: subscription.id, times }], session);
}
