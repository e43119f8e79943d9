import type { OrganisationId } from '@billingrails/ids';
import { addToOutbox } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import { addedFee } from '../../catalogue/use-cases/add-fee';
import type { ResolvedFee } from '../../catalogue/use-cases/resolve-fees';
import type { SubscriptionParts } from '../../service-parts';
import { subscriptionChanged } from '../contract/subscription-changed';
import { ended } from '../domain/refusals/missing';
import { existing } from './existing';
import { plansAt } from './plans-at';
import { refuseSharedFee, type AllowedOverlap } from './refuse-overlap';
import type { SubscriptionNow } from './subscribe';

/** A fee for a subscription alone. */
export interface FeeAddition extends Pick<AllowedOverlap, 'allowSharedUsage'> {
  readonly subscriptionId: string;
  readonly prepared: ResolvedFee;
}

/** Adds a fee of its own to a subscription that has not ended. */
export async function addSubscriptionFee(
  parts: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { subscriptionId, prepared, allowSharedUsage }: FeeAddition,
): Promise<SubscriptionNow> {
  const { subscriptions, clocks, ids } = parts;
  const subscription = await existing(parts, organisationId, subscriptionId, session);
  const { id, accountId } = subscription;
  const { nowMs } = await clocks.fencedPresent(organisationId, accountId, session);
  if ((subscription.endMs ?? Infinity) <= nowMs) throw ended();
  const charging = { organisationId, accountId, startMs: nowMs, fees: [prepared] };
  if (!allowSharedUsage) await refuseSharedFee(parts, session, charging, id);
  const [, ...addOns] = await plansAt(parts, organisationId, subscription, nowMs, session);
  const present = [...addOns.flatMap((addOn) => addOn.fees), ...subscription.fees];
  const fee = addedFee(present, prepared, ids.next('fee'), nowMs);
  await subscriptions.addFee(organisationId, id, fee, session);
  const changed = { ...subscription, fees: [...subscription.fees, fee] };
  const when = { occurMs: nowMs, createMs: clocks.realMs() };
  const change = { subscription: changed, occasion: fee.id, ...when };
  const message = subscriptionChanged(organisationId, { type: 'subscription.changed', ...change });
  await addToOutbox(parts.mongo.db, session, message);
  return { subscription: changed, nowMs };
}
