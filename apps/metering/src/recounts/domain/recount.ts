import type { AccountId, OrganisationId } from '@billingrails/ids';

/** A UTC day of an account's events of a name, under all profiles that look at these. */
export interface RecountDay {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly eventName: string;
  /** In days since 1970-01-01, UTC. */
  readonly day: number;
}

/**
 * The counting again of hours from their events: corrections touched them, or levels came late to them. What is little
 * is counted again in the transaction that changes them; this is the rest, in steps of their own, so that no chunk of
 * the stream is more than a transaction can hold. Usage of the day is partial meanwhile.
 */
export interface Recount extends RecountDay {
  readonly id: string;
  readonly partition: number;
  /** Hours of the UTC day, 0-23, ascending. */
  readonly hours: readonly number[];
  /** Grows whenever events of the day are corrected: what was read before is stale. */
  readonly version: number;
}

/** How much may be counted again in one transaction. */
export interface RecountLimits {
  /** Events read. */
  readonly eventCount: number;
  /** Buckets written, and additions to buckets that must be settled before. */
  readonly bucketCount: number;
  /** Buckets that events are added to; those of more are counted from the events later. Default: 8,000. */
  readonly addedCount?: number;
}

const ADDED_COUNT = 8_000;

/** Of a chunk of the stream, or of a backfill. */
export const RECOUNTED_AT_ONCE: RecountLimits = { eventCount: 20_000, bucketCount: 2_000 };

/** What a transaction may still do of it. */
export class RecountBudget {
  #eventCount: number;
  #bucketCount: number;

  /** To how many buckets events may be added. */
  readonly addedCount: number;

  constructor({ eventCount, bucketCount, addedCount = ADDED_COUNT }: RecountLimits) {
    this.#eventCount = eventCount;
    this.#bucketCount = bucketCount;
    this.addedCount = addedCount;
  }

  /** How many events may still be read. */
  get eventCount(): number {
    return this.#eventCount;
  }

  /** Whether so much may still be done; then it is taken. */
  take(eventCount: number, bucketCount: number): boolean {
    if (eventCount > this.#eventCount || bucketCount > this.#bucketCount) return false;
    this.#eventCount -= eventCount;
    this.#bucketCount -= bucketCount;
    return true;
  }
}

/** How a transaction counts hours again. */
export interface RecountRules {
  /** What it may still do itself. */
  readonly budget: RecountBudget;
  /** Of who asks for the rest. */
  readonly nowMs: () => number;
}
