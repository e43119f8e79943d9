import type { ClientSession, Db, Document, Filter } from 'mongodb';
import { READING } from './reading';

/** Finds documents of a collection: all that a filter has, in no order. */
export type Find = <D extends Document>(
  collection: string,
  filter: Filter<D>,
  projection?: Document,
) => AsyncIterable<D>;

/** Each find is a query of its own, which begins when it is looked at. */
export function findAlone(db: Db, session?: ClientSession): Find {
  return (collection, filter, projection) =>
    db.collection(collection).find<never>(filter as Filter<Document>, {
      ...READING,
      ...(session && { session }),
      ...(projection && { projection }),
    });
}

/** A find that waits for its answer. */
interface Waiting {
  readonly collection: string;
  readonly filter: Filter<never>;
  readonly projection: Document | undefined;
  readonly resolve: (found: Document[]) => void;
  readonly reject: (error: unknown) => void;
}

/** A document, and by which of the finds it was found. */
interface Found {
  readonly f: number;
  readonly d: Document;
}

/**
 * Finds that are asked for in the same turn of the event loop are one query, in any number of collections: one round
 * trip, and about half the work. In a snapshot session the first of these decides for the moment, so those that come
 * meanwhile wait for it.
 */
export function findJointly(db: Db, session: ClientSession): Find {
  let waiting: Waiting[] = [];
  let sent: Promise<unknown> = Promise.resolve();
  const send = async (): Promise<void> => {
    await sent;
    const all = waiting;
    waiting = [];
    if (all.length > 0) await (sent = sendAll(db, session, all));
  };
  return (collection, filter, projection) => {
    const found = new Promise<Document[]>((resolve, reject) => {
      waiting.push({ collection, filter: filter as Filter<never>, projection, resolve, reject });
    });
    // Who asked may fail of something else before it looks at this.
    found.catch(() => undefined);
    if (waiting.length === 1) queueMicrotask(() => void send());
    return documentsOf(found);
  };
}

/** One query for all; what fails is told to each who waits. */
async function sendAll(db: Db, session: ClientSession, all: readonly Waiting[]): Promise<void> {
  try {
    const found = await union(db, session, all);
    for (const [index, { resolve }] of all.entries()) resolve(found[index] ?? []);
  } catch (error) {
    for (const { reject } of all) reject(error);
  }
}

async function union(
  db: Db,
  session: ClientSession,
  all: readonly Waiting[],
): Promise<Document[][]> {
  const [first, ...others] = all.map(({ collection, filter, projection }, f) => ({
    coll: collection,
    pipeline: [
      { $match: filter },
      ...(projection ? [{ $project: projection }] : []),
      { $replaceWith: { f, d: '$$ROOT' } },
    ],
  }));
  const found: Document[][] = all.map(() => []);
  if (first === undefined) return found;
  const pipeline = [...first.pipeline, ...others.map(($unionWith) => ({ $unionWith }))];
  const documents = db
    .collection(first.coll)
    .aggregate<Found>(pipeline, { session, ...READING, batchSize: BATCH });
  for await (const { f, d } of documents) found[f]?.push(d);
  return found;
}

/** So that what is little comes with the answer itself. */
const BATCH = 1_000;

async function* documentsOf<D extends Document>(found: Promise<Document[]>): AsyncGenerator<D> {
  yield* (await found) as D[];
}
