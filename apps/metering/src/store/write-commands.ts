import {
  MongoServerError,
  type ClientSession,
  type Collection,
  type Db,
  type Document,
  type Filter,
  type UpdateFilter,
} from 'mongodb';

/**
 * Many writes as plain commands, in a transaction. The driver's insertMany and bulkWrite serialise every document twice,
 * once only to know its size, and wrap it twice: docs/decisions/0004 has what that costs. So who calls these says how
 * large a document can be.
 */

/** One update of many. */
export interface UpdateOne<T> {
  readonly q: Filter<T>;
  readonly u: UpdateFilter<T>;
  readonly upsert?: boolean;
}

/** A command may have 16 MiB. */
const COMMAND_BYTES_MAX = 12 * 1024 * 1024;
const COMMAND_WRITES_MAX = 100_000;

/** Inserts documents. `bytesMax` gives the most that one can have. Throws when any is refused. */
export async function insertAll<T extends Document>(
  db: Db,
  session: ClientSession,
  { collectionName: insert }: Collection<T>,
  all: readonly T[],
  bytesMax: (document: T) => number,
): Promise<void> {
  for (const documents of partsOf(all, bytesMax)) {
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
  for (const part of partsOf(all, bytesMax)) {
    await run(db, session, { update, updates: part.map(toUpdate), ordered: false });
  }
}

async function run(db: Db, session: ClientSession, command: Document): Promise<void> {
  const { writeErrors } = await db.command(command, { session });
  const [refused] = (writeErrors ?? []) as { code: number; errmsg: string }[];
  if (refused !== undefined) throw new MongoServerError(refused);
}

function* partsOf<T>(all: readonly T[], bytesMax: (one: T) => number): Generator<readonly T[]> {
  let from = 0;
  let byteCount = 0;
  for (const [index, one] of all.entries()) {
    const bytes = bytesMax(one);
    if (byteCount + bytes > COMMAND_BYTES_MAX || index - from === COMMAND_WRITES_MAX) {
      if (index > from) yield all.slice(from, index);
      from = index;
      byteCount = 0;
    }
    byteCount += bytes;
  }
  if (from < all.length) yield from === 0 ? all : all.slice(from);
}
