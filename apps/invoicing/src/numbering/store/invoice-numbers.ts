import { assert } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';

/** One an organisation: how far its numbers have gone. */
interface CounterDoc {
  _id: OrganisationId;
  lastSequence: number;
  lastFinalizeMs: number;
}

/** The next number of an organisation, and when it was taken. */
export interface TakenNumber {
  /** 1, 2, 3 … without a gap. */
  readonly sequence: number;
  readonly finalizeMs: number;
}

/** The collection `invoice_numbers`. */
export interface InvoiceNumberStore {
  /**
   * Takes the next number, for the transaction that uses it: when that is undone, so is this, and nobody else has
   * one in the meantime, so there are no gaps. Times never fall while numbers rise, whatever the replicas' clocks say.
   */
  take(organisationId: OrganisationId, nowMs: number, session: ClientSession): Promise<TakenNumber>;
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
    async take(organisationId, nowMs, session) {
      const counter = await collection.findOneAndUpdate(
        { _id: organisationId },
        { $inc: { lastSequence: 1 }, $max: { lastFinalizeMs: nowMs } },
        { upsert: true, returnDocument: 'after', session },
      );
      assert(counter !== null, 'an upsert returns its document');
      return { sequence: counter.lastSequence, finalizeMs: counter.lastFinalizeMs };
    },
  };
}
