import { assert } from '@billingrails/errors';
import type { ClientSession, Collection, Db } from 'mongodb';
import type { OutcomeState } from '../../outcomes/domain/outcome';

/** How many events, by what became of them, and quarantined messages. All only count up. */
export interface LaneCounts extends Record<OutcomeState, number> {
  /** Came again under their key with the same content. */
  duplicate: number;
  /** Came again under their key with other content. */
  conflict: number;
  /** Messages, not events: how many events one held cannot be known. */
  quarantined: number;
}

/** How far a partition of stream EVENTS has been metered: the one truth about it. */
interface PartitionDoc {
  _id: number;
  /** The last message whose effects are stored; 0 before the first. */
  appliedSeq: number;
  counts: LaneCounts;
  /** How many corrections of its accounts wait for events. Missing: none. */
  waiting?: number;
  /** How often a profile was created: written by that, so that no lane's transaction can overlap with it. */
  fences: number;
}

const NO_COUNTS: LaneCounts = {
  counted: 0,
  unusable: 0,
  filtered_out: 0,
  unmatched: 0,
  duplicate: 0,
  conflict: 0,
  quarantined: 0,
};

/** Another owner of the partition was faster: start again from its cursor. */
export class StaleCursorError extends Error {
  override readonly name = 'StaleCursorError';
}

function collection(db: Db): Collection<PartitionDoc> {
  return db.collection<PartitionDoc>('partitions');
}

/** Creates the documents of partitions that have none yet. For the start, before lanes and definitions. */
export async function ensurePartitions(db: Db, partitionCount: number): Promise<void> {
  const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
  await collection(db).bulkWrite(
    partitions.map((partition) => ({
      updateOne: {
        filter: { _id: partition },
        update: { $setOnInsert: { appliedSeq: 0, counts: NO_COUNTS, fences: 0 } },
        upsert: true,
      },
    })),
    { ordered: false },
  );
}

/** How far each partition has been metered. */
export async function readAppliedSeqs(
  db: Db,
  session?: ClientSession,
): Promise<Map<number, number>> {
  const options = { projection: { appliedSeq: 1 }, ...(session === undefined ? {} : { session }) };
  const docs = await collection(db).find({}, options).toArray();
  return new Map(docs.map(({ _id, appliedSeq }) => [_id, appliedSeq]));
}

/** How many partitions there are. It never changes: stored events lie where it says. */
export async function readPartitionCount(db: Db, session: ClientSession): Promise<number> {
  const options = { session, sort: { _id: -1 }, projection: { _id: 1 } } as const;
  const last = await collection(db).findOne({ _id: { $gte: 0 } }, options);
  assert(last !== null, 'partitions are there before anything is read');
  return last._id + 1;
}

/** Those of the partitions whose accounts have corrections that wait for events. */
export async function partitionsWaiting(
  db: Db,
  session: ClientSession,
  partitions: readonly number[],
): Promise<Set<number>> {
  const filter = { _id: { $in: [...partitions] }, waiting: { $gt: 0 } };
  const docs = collection(db).find(filter, { session, projection: { _id: 1 } });
  return new Set(await docs.map(({ _id }) => _id).toArray());
}

/**
 * Counts the corrections that wait: those that came, less those that have been applied. Do it late, as `moveCursor`.
 */
export async function addWaiting(
  db: Db,
  session: ClientSession,
  partition: number,
  count: number,
): Promise<void> {
  if (count === 0) return;
  await collection(db).updateOne({ _id: partition }, { $inc: { waiting: count } }, { session });
}

/** A partition's cursor goes on, and what it passes came to these ends. */
export interface CursorMove {
  readonly partition: number;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly counts: LaneCounts;
}

/**
 * Moves cursors of partitions and adds to their counts. Throws StaleCursorError when one of the cursors is not where
 * the caller believes it to be. Do it last in a transaction: until it is done, others can create profiles.
 */
export async function moveCursors(
  db: Db,
  session: ClientSession,
  moves: readonly CursorMove[],
): Promise<void> {
  const { matchedCount } = await collection(db).bulkWrite(
    moves.map(({ partition, fromSeq, toSeq, counts }) => ({
      updateOne: {
        filter: { _id: partition, appliedSeq: fromSeq },
        update: { $set: { appliedSeq: toSeq }, $inc: incrementOf(counts) },
      },
    })),
    { session, ordered: false },
  );
  if (matchedCount < moves.length) {
    const places = moves.map(({ partition, fromSeq }) => `${partition} at ${fromSeq}`);
    throw new StaleCursorError(`Not all of these partitions are there: ${places.join(', ')}.`);
  }
}

/**
 * Fences every partition: no lane's transaction can both overlap with this one and commit, so each event was
 * stored before (and is at or below the returned sequence of its partition) or will meet what this one writes.
 */
export async function fencePartitions(
  db: Db,
  session: ClientSession,
): Promise<Map<number, number>> {
  await collection(db).updateMany({}, { $inc: { fences: 1 } }, { session });
  return readAppliedSeqs(db, session);
}

/** What the lanes have made of everything so far. Backfills and corrections change what became of some later. */
export async function readCounts(db: Db): Promise<LaneCounts> {
  const sum = { ...NO_COUNTS };
  for await (const { counts } of collection(db).find({})) {
    for (const [name, n] of Object.entries(counts)) sum[name as keyof LaneCounts] += Number(n);
  }
  return sum;
}

function incrementOf(counts: LaneCounts): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([name, n]) => [`counts.${name}`, n]));
}
