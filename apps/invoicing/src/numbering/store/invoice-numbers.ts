import { assert } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';

/** What is numbered by itself: the invoices of an organisation, and those of its test accounts. */
export type Series = OrganisationId | `${OrganisationId}/test`;

/** How far the numbers of a series have gone. */
interface CounterDoc {
  _id: OrganisationId;
  /** Of all its documents. */
  lastSequence: number;
  lastFinalizeTime: Date;
  /** By what stands before the number: letters, digits, "-", "_" and "/", so it can be the name of a field. */
  counters: Record<string, number>;
}

/** The next numbers of a series, and when they were taken. */
export interface TakenNumbers {
  /** The place among all documents of the organisation of the first of those that were taken; the others follow. */
  readonly firstSequence: number;
  /** By prefix, the first number that was taken: 1, 2, 3 … without a gap. */
  readonly firstNumbers: ReadonlyMap<string, number>;
  readonly finalizeMs: number;
}

/** The collection `invoice_numbers`. */
export interface InvoiceNumberStore {
  /**
   * Takes the next numbers, of each prefix so many, for the transaction that uses them: when that is undone, so is
   * this, and nobody else has any in the meantime, so there are no gaps. Times never fall while numbers rise, whatever
   * the replicas' clocks say.
   */
  take(
    organisationId: OrganisationId,
    counts: ReadonlyMap<string, number>,
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
    async take(organisationId, counts, nowMs, session) {
      const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
      const byPrefix = [...counts].map(([prefix, count]) => [`counters.${prefix}`, count] as const);
      const counter = await collection.findOneAndUpdate(
        { _id: organisationId },
        {
          $inc: { lastSequence: all, ...Object.fromEntries(byPrefix) },
          $max: { lastFinalizeTime: dateOf(nowMs) },
        },
        { upsert: true, returnDocument: 'after', session },
      );
      assert(counter !== null, 'an upsert returns its document');
      const firstNumbers = [...counts].map(
        ([prefix, count]) => [prefix, (counter.counters[prefix] ?? 0) - count + 1] as const,
      );
      return {
        firstSequence: counter.lastSequence - all + 1,
        firstNumbers: new Map(firstNumbers),
        finalizeMs: msOf(counter.lastFinalizeTime),
      };
    },
  };
}

/**
 * Lets the numbers from before there were series go on, as those of the series and format that everyone had then.
 * Called at every start, before anything is numbered; does nothing where all is so already.
 */
export async function adoptOldNumbers(db: Db): Promise<void> {
  const collection = db.collection<CounterDoc>(INVOICE_NUMBERS);
  const counters = { [OLD_PREFIX]: '$lastSequence' };
  await collection.updateMany({ counters: { $exists: false } }, [{ $set: { counters } }]);
}

const OLD_PREFIX = 'INV-';
