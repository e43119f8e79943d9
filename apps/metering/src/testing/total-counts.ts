import type { Db } from 'mongodb';
import { readCounts, type LaneCounts } from '../partitions/store/partitions';

/**
 * What became of everything that was ever accepted, by all organisations: counted + unusable + filtered_out + unmatched
 * is the number of events that stand; duplicates and conflicts, and messages in quarantine, stand beside them.
 */
export async function readTotalCounts(db: Db): Promise<LaneCounts> {
  const { quarantined } = await readCounts(db);
  const sum: LaneCounts = {
    ...{ counted: 0, unusable: 0, filtered_out: 0, unmatched: 0, duplicate: 0, conflict: 0 },
    quarantined,
  };
  const docs = db.collection<{ mi: Record<string, Record<string, number>> }>('event_counts').find();
  for await (const { mi } of docs) {
    for (const minute of Object.values(mi)) {
      for (const [state, count] of Object.entries(minute)) sum[state as 'counted'] += count;
    }
  }
  return sum;
}
