import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { agreementOf, progressOf } from '../../bills/use-cases/prepare-bill';
import { nextMoment } from '../../bills/domain/moments';
import { withAdjustment } from '../../late/domain/adjustment';
import { dueOf } from '../../schedule/domain/due-of';
import type { SubscriptionParts } from '../../service-parts';
import type { Subscription } from '../domain/subscription';

/** What scheduling needs. */
export type ScheduleParts = Pick<
  SubscriptionParts,
  'plans' | 'due' | 'marks' | 'settleMs' | 'graceMs' | 'adjustCycles'
>;

/** Says when a subscription falls due next, as it is now; in the transaction that made it so. */
export async function schedule(
  parts: ScheduleParts,
  session: ClientSession,
  organisationId: OrganisationId,
  subscription: Subscription,
  clock: 'real' | 'test',
): Promise<void> {
  const { due, marks, settleMs, graceMs } = parts;
  const agreement = await agreementOf(parts, organisationId, subscription, session);
  const mark = (await marks.findMany(organisationId, [subscription.id], session)).get(
    subscription.id,
  );
  const progress = withAdjustment(agreement, progressOf(subscription), mark, parts);
  const next = nextMoment(agreement, progress, graceMs);
  const times = next && dueOf(clock, settleMs, graceMs)(next);
  await due.set(organisationId, [{ id: subscription.id, times }], session);
}
