import type { Db } from 'mongodb';
import { movedByBackfills } from './backfills';
import { readCounts, type LaneCounts } from './partitions';

/**
 * What became of everything that was ever accepted: counted + unusable + filtered_out + unmatched is the number of stored
 * events; duplicates and conflicts, and messages in quarantine, stand beside them.
 */
export async function readTotalCounts(db: Db): Promise<LaneCounts> {
  const sum: LaneCounts = {
    counted: 0,
    unusable: 0,
    filtered_out: 0,
    unmatched: 0,
    duplicate: 0,
    conflict: 0,
    quarantined: 0,
  };
  const ofLanes = await readCounts(db);
  for (const counts of [...ofLanes.values(), await movedByBackfills(db)]) {
    for (const [name, n] of Object.entries(counts)) sum[name as keyof LaneCounts] += Number(n);
  }
  return sum;
}
