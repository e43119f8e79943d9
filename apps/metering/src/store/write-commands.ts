import {
  MongoServerError,
  type ClientSession,
  type Collection,
  type Db,
  type Document,
  type Filter,
  type UpdateFilter,
} from 'mongodb';
import { partsWithin } from '../domain/parts-within';

/**
 * Many writes as plain commands, in a transaction. The driver's insertMany and bulkWrite serialise every document
 * twice, once only to know its size, and wrap it twice: docs/decisions/0004 has what that costs. So who calls these
 * says how large a document can be.
 */

/** One update of many. */
export interface UpdateOne<T> {
  readonly q: Filter<T>;
  readonly u: UpdateFilter<T>;
  readonly upsert?: boolean;
}

/** A command may have 16 MiB. */
const COMMAND_LIMITS = { bytes: 12 * 1024 * 1024, count: 100_000 };

/** Inserts documents. `bytesMax` gives the most that one can have. Throws when any is refused. */
export async function insertAll<T extends Document>(
  db: Db,
  session: ClientSession,
  { collectionName: insert }: Collection<T>,
  all: readonly T[],
  bytesMax: (document: T) => number,
): Promise<void> {
  for (const documents of partsWithin(all, bytesMax, COMMAND_LIMITS)) {
    await run(db, session, { insert, documents, ordered: false });
  }
}

/** Makes an update of each, and runs them. `bytesMax` gives the most that one can have. Throws when any is refused. */
export async function updateAll<T extends Document, S>(
  db: Db,
  session: ClientSession,
  { collectionName: update }: Collection<T>,
  all: readonly S[],
  toUpdate: (one: S) => UpdateOne<T>,
  bytesMax: (one: S) => number,
): Promise<void> {
  for (const part of partsWithin(all, bytesMax, COMMAND_LIMITS)) {
    await run(db, session, { update, updates: part.map(toUpdate), ordered: false });
  }
}

async function run(db: Db, session: ClientSession, command: Document): Promise<void> {
  const { writeErrors } = await db.command(command, { session });
  const [refused] = (writeErrors ?? []) as { code: number; errmsg: string }[];
  if (refused !== undefined) throw new MongoServerError(refused);
}
