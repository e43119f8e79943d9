import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { previewAt } from '../../bills/use-cases/preview';
import type { SubscriptionParts } from '../../service-parts';
import type { Asked } from '../domain/asked';
import { decideChange } from './decide-change';
import { existing } from './existing';
import { schedule } from './schedule';
import type { SubscriptionNow } from './subscribe';

/** Lets a subscription become what is asked. What changes nothing is not kept. */
export async function change(
  parts: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  subscriptionId: string,
  asked: Asked,
): Promise<SubscriptionNow> {
  const { subscriptions, clocks } = parts;
  const read = await existing(parts, organisationId, subscriptionId, session);
  const { clock, nowMs } = await clocks.presentForSubscription(organisationId, session);
  const decided = await decideChange(parts, organisationId, read, asked, nowMs, session);
  const { changed: subscription } = decided;
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
  asked: Asked,
  signal: AbortSignal,
): ReturnType<typeof previewAt> {
  const read = await existing(parts, organisationId, subscriptionId);
  const { nowMs } = await parts.clocks.present(organisationId);
  const { changed, effectiveMs } = await decideChange(parts, organisationId, read, asked, nowMs);
  return previewAt(parts, organisationId, changed, effectiveMs, signal);
}
