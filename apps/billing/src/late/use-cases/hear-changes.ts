import type { OrganisationId, SubscriptionId } from '@billingrails/ids';
import { mapBounded } from '@billingrails/waits';
import type { Agreement } from '../../bills/domain/agreement';
import { chargesUsage } from '../../bills/domain/obligations';
import type { Subscription } from '../../subscriptions/domain/subscription';
import { attempt, isFailure, type Attempted } from '../../usage/attempt';
import type { Metering } from '../../usage/metering';
import type { Mark } from '../domain/adjustment';
import type { MarkStore } from '../store/marks';

/** What hearing of changes needs. */
export interface HearParts {
  readonly metering: Metering;
  readonly marks: MarkStore;
  /** Resolves when all that metering has told is marked. */
  readonly heard: (signal?: AbortSignal) => Promise<void>;
}

/** A subscription that is to be billed. */
export interface Hearing {
  readonly agreement: Agreement;
  readonly subscription: Subscription;
  /** How often it was tried, with this time. */
  readonly attempts: number;
}

/** Those that failed before are asked for one by one, so that none holds up others for long. */
const ASKED_AT_ONCE = 4;

/**
 * What has changed of usage that was billed, by every event acknowledged before the call: of each subscription its
 * mark, or why it could not be had. It must be read before usage is: what changes later raises the mark, and that stays
 * for the next bill.
 */
export async function hearChanges(
  { metering, marks, heard }: HearParts,
  organisationId: OrganisationId,
  hearings: readonly Hearing[],
  signal?: AbortSignal,
): Promise<Map<SubscriptionId, Attempted<Mark | undefined>>> {
  const asking = hearings.filter(
    ({ agreement, subscription }) => subscription.cycle > 0 && chargesUsage(agreement),
  );
  const failures = new Map<SubscriptionId, Attempted<undefined>>();
  const tell = async (some: readonly Hearing[]): Promise<void> => {
    if (some.length === 0) return;
    const accountIds = [...new Set(some.map(({ subscription }) => subscription.accountId))];
    const told = await attempt(() => metering.tellChanges(organisationId, accountIds, signal));
    if (isFailure(told)) for (const { subscription } of some) failures.set(subscription.id, told);
  };
  await tell(asking.filter(({ attempts }) => attempts === 1));
  const again = asking.filter(({ attempts }) => attempts > 1);
  await mapBounded(again, ASKED_AT_ONCE, (hearing) => tell([hearing]));
  if (asking.length > failures.size) {
    const marked = await attempt(() => heard(signal));
    if (isFailure(marked))
      for (const { subscription } of asking) failures.set(subscription.id, marked);
  }
  const ids = hearings.map(({ subscription }) => subscription.id);
  const found = await marks.findMany(organisationId, ids);
  return new Map(ids.map((id) => [id, failures.get(id) ?? found.get(id)]));
}
