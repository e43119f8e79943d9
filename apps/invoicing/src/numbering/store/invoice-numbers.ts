import { assert } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';

/** One an organisation: how far its numbers have gone. */
interface CounterDoc {
  _id: OrganisationId;
  lastSequence: number;
  lastFinalizeTime: Date;
}

/** The next numbers of an organisation, and when they were taken. */
export interface TakenNumbers {
  /** 1, 2, 3 … without a gap: the first of those that were taken. */
  readonly firstSequence: number;
  readonly finalizeMs: number;
}

/** The collection `invoice_numbers`. */
export interface InvoiceNumberStore {
  /**
   * Takes the next `count` numbers, for the transaction that uses them: when that is undone, so is this, and nobody
   * else has any in the meantime, so there are no gaps. Times never fall while numbers rise, whatever the replicas'
   * clocks say.
   */
  take(
    organisationId: OrganisationId,
    count: number,
    nowMs: number,
    session: ClientSession,
  ): Promise<TakenNumbers>;
}

const INVOICE_NUMBERS = 'invoice_numbers';

/** Found by its `_id` only. */
export const INVOICE_NUMBER_INDEXES = [
  { collection: INVOICE_NUMBERS },
] as const satisfies readonly IndexSpec[];

/** Opens the counters. */
export function invoiceNumberStore(db: Db): InvoiceNumberStore {
  const collection = db.collection<CounterDoc>(INVOICE_NUMBERS);
  return {
    async take(organisationId, count, nowMs, session) {
      const counter = await collection.findOneAndUpdate(
        { _id: organisationId },
        { $inc: { lastSequence: count }, $max: { lastFinalizeTime: dateOf(nowMs) } },
        { upsert: true, returnDocument: 'after', session },
      );
      assert(counter !== null, 'an upsert returns its document');
      const firstSequence = counter.lastSequence - count + 1;
      return { firstSequence, finalizeMs: msOf(counter.lastFinalizeTime) };
    },
  };
}
