import { OUTBOX_DATA_BYTES_MAX } from '@billingrails/mongo';
import { periodClosedBytes } from '../contract/billing-period';
import { closePeriod, type BillingPeriod, type PeriodInput } from '../domain/close-period';

/** The most groups of a period, of those without a price of their own, that have a charge of their own. */
export const GROUPS_MAX = 1000;

/** The most tiers in all charges of a period by which one with many groups is still easily shown. */
const TIERS_SHOWN_MAX = 5000;

/** A closed period with the bytes that travel on the bus. */
export interface PeriodMessage {
  readonly closed: BillingPeriod;
  readonly data: Uint8Array;
}

/**
 * Closes the period so that it fits into a message: where the charges of many groups are too long, half as many groups
 * have a charge of their own, and so on. Without any it always fits: plans and subscriptions are limited so.
 */
export function periodMessage(
  input: Omit<PeriodInput, 'groupsMax'>,
  names: { readonly accountName: string; readonly planName: string },
): PeriodMessage {
  for (let groupsMax = GROUPS_MAX; ; groupsMax = Math.floor(groupsMax / 2)) {
    const closed = closePeriod({ ...input, groupsMax });
    const data = periodClosedBytes(input.organisationId, closed, names);
    const tiers = closed.charges.reduce((sum, { rated }) => sum + rated.steps.length, 0);
    const fits = data.byteLength <= OUTBOX_DATA_BYTES_MAX && tiers <= TIERS_SHOWN_MAX;
    if (fits || groupsMax === 0) return { closed, data };
  }
}
