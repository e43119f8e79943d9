import type { IndexSpec } from '@billingrails/mongo';
import type { Collection, Db } from 'mongodb';

const PURGE_MARKS = 'purge_marks';

export const PURGE_MARK_INDEXES: readonly IndexSpec[] = [
  { collection: PURGE_MARKS, key: { partition: 1, markTime: 1 } },
];

/** Remembers that everything up to a sequence of a partition had been applied at a time. */
interface PurgeMarkDoc {
  /** "<partition>/<seq>". */
  _id: string;
  partition: number;
  seq: number;
  markTime: Date;
}

function collection(db: Db): Collection<PurgeMarkDoc> {
  return db.collection<PurgeMarkDoc>(PURGE_MARKS);
}

/** Notes where partitions stand now. Where one has not moved, the earlier mark stays. */
export async function mark(
  db: Db,
  appliedSeqs: ReadonlyMap<number, number>,
  nowMs: number,
): Promise<void> {
  const updates = [...appliedSeqs].map(([partition, seq]) => ({
    updateOne: {
      filter: { _id: `${partition}/${seq}` },
      update: { $setOnInsert: { partition, seq, markTime: new Date(nowMs) } },
      upsert: true,
    },
  }));
  if (updates.length > 0) await collection(db).bulkWrite(updates, { ordered: false });
}

/** By partition, the last sequence that had been applied at `untilMs`; only partitions that have such a mark. */
export async function appliedBefore(db: Db, untilMs: number): Promise<Map<number, number>> {
  const marks = collection(db).find({ markTime: { $lte: new Date(untilMs) } });
  const seqs = new Map<number, number>();
  for await (const { partition, seq } of marks) {
    seqs.set(partition, Math.max(seq, seqs.get(partition) ?? 0));
  }
  return seqs;
}

/** Forgets marks that are no longer needed: those below what was purged. */
export async function forgetMarks(db: Db, partition: number, belowSeq: number): Promise<void> {
  await collection(db).deleteMany({ partition, seq: { $lt: belowSeq } });
}
