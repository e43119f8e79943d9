import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { agreementOf, progressOf } from '../../bills/use-cases/prepare-bill';
import { nextMoment } from '../../bills/domain/moments';
import { withAdjustment } from '../../late/domain/adjustment';
import { dueOf } from '../../schedule/domain/due-of';
import type { SubscriptionParts } from '../../service-parts';
import { rulesOfOne } from '../../settings/use-cases/rules-of';
import type { Subscription } from '../domain/subscription';

/** What scheduling needs. */
export type ScheduleParts = Pick<
  SubscriptionParts,
  'plans' | 'due' | 'marks' | 'billingSettings' | 'settleMs' | 'graceMs' | 'adjustCycles'
>;

/** Says when a subscription falls due next, as it is now; in the transaction that made it so. */
export async function schedule(
  parts: ScheduleParts,
  session: ClientSession,
  organisationId: OrganisationId,
  subscription: Subscription,
  clock: 'real' | 'test',
): Promise<void> {
  const { due, marks, settleMs } = parts;
  const agreement = await agreementOf(parts, organisationId, subscription, session);
  const mark = (await marks.findMany(organisationId, [subscription.id], session)).get(
    subscription.id,
  );
  const rules = await rulesOfOne(parts, organisationId, subscription, session);
  const progress = withAdjustment(agreement, progressOf(subscription), mark, rules);
  const next = nextMoment(agreement, progress, rules.graceMs);
  const times = next && dueOf(clock, settleMs)(next, rules.graceMs);
  await due.set(organisationId, [{ id: subscription.id, times }], session);
}
