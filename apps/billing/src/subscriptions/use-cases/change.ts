import type { OrganisationId } from '@billingrails/ids';
import { addToOutbox } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import { previewBills } from '../../bills/use-cases/preview-bills';
import type { Bill } from '../../bills/domain/posted-bill';
import type { SubscriptionParts } from '../../service-parts';
import { subscriptionChanged } from '../contract/subscription-changed';
import type { Asked } from '../domain/asked';
import { decideChange } from './decide-change';
import { existing } from './existing';
import { schedule } from './schedule';
import type { SubscriptionNow } from './subscribe';

/**
 * Lets a subscription become what is asked. What changes nothing is not kept. That it has another end is told at once,
 * all else when it takes effect.
 */
export async function change(
  parts: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  subscriptionId: string,
  asked: Asked,
): Promise<SubscriptionNow> {
  const { subscriptions, clocks } = parts;
  const read = await existing(parts, organisationId, subscriptionId, session);
  const present = await clocks.presentForSubscription(organisationId, read.accountId, session);
  const { nowMs } = present;
  const decided = await decideChange(parts, organisationId, read, asked, nowMs, session);
  const { changed: subscription } = decided;
  if (subscription !== read) {
    await subscriptions.addChanges(organisationId, read, subscription, session);
    await schedule(parts, session, organisationId, subscription, present);
    const { id, accountId } = subscription;
    await parts.creditDue.wake(organisationId, [{ id, accountId, atMs: nowMs }], session);
    if (subscription.endMs !== read.endMs) {
      const type = subscription.endMs === undefined ? 'subscription.changed' : CANCELLED;
      const occasion = `end/${subscription.changes.length}`;
      const when = { occurMs: nowMs, createMs: clocks.realMs() };
      const change = { type, subscription, occasion, ...when } as const;
      await addToOutbox(parts.mongo.db, session, subscriptionChanged(organisationId, change));
    }
  }
  return { subscription, nowMs };
}

const CANCELLED = 'subscription.cancelled';

/** What a change would bill. */
export interface ChangePreview {
  /** When it takes effect. Unset: nothing is different then. */
  readonly bill?: Bill;
  /** All until it has taken effect; where it ends the subscription, until its last cycle is closed. */
  readonly bills: readonly Bill[];
}

/**
 * The bills that a change would make, by the same steps without the write; see `previewBills`. Undefined while usage is
 * still being counted.
 */
export async function previewChange(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  subscriptionId: string,
  asked: Asked,
  signal: AbortSignal,
): Promise<ChangePreview | undefined> {
  const read = await existing(parts, organisationId, subscriptionId);
  const { nowMs } = await parts.clocks.presentOf(organisationId, read.accountId);
  const { changed, effectiveMs } = await decideChange(parts, organisationId, read, asked, nowMs);
  const untilMs = asked.kind === 'cancel' ? Infinity : effectiveMs;
  const shown = { subscription: changed, untilMs, field: 'change.effective_time', signal };
  const bills = await previewBills(parts, organisationId, shown);
  if (bills === undefined) return undefined;
  // A cycle that is closed without a difference is no bill of the change.
  const last = bills.filter(({ ms, bill }) => ms === effectiveMs && bill.entries.length > 0).at(-1);
  return { ...(last && { bill: last.bill }), bills: bills.map(({ bill }) => bill) };
}
