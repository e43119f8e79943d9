import { partitionOf } from '@billingrails/bus';
import type { ClientSession, Db } from 'mongodb';
import { gatheredBy } from '../../domain/gathered-by';
import { readPartitionCount } from '../../partitions/store/partitions';
import type { RecountDay, RecountRules } from '../../recounts/domain/recount';
import { askForRecounts, dayNameOf } from '../../recounts/store/recounts';
import type { CollectedDay } from '../domain/usage-day';

/**
 * Gives what of some usage is to be added now: all of it, unless it meets more buckets than a transaction may write.
 * The rest, whole days of accounts, is left to be counted from its events, which must be stored in the same
 * transaction.
 */
export async function leaveTooMany(
  db: Db,
  session: ClientSession,
  usage: readonly CollectedDay[],
  { budget, nowMs }: RecountRules,
): Promise<readonly CollectedDay[]> {
  if (usage.length <= budget.addedCount) return usage;
  const kept: CollectedDay[] = [];
  const left = new Map<number, (RecountDay & { hours: number[] })[]>();
  const partitionCount = await readPartitionCount(db, session);
  for (const days of gatheredBy(usage, dayNameOf).values()) {
    const [first] = days;
    if (first === undefined) continue;
    if (kept.length + days.length <= budget.addedCount) {
      kept.push(...days);
      continue;
    }
    const { organisationId, accountId, eventName, day } = first;
    const partition = partitionOf(organisationId, accountId, partitionCount);
    const hours = [...new Set(days.flatMap(({ samples }) => [...samples.keys()]))];
    const ofPartition = left.get(partition) ?? [];
    left.set(partition, ofPartition);
    ofPartition.push({ organisationId, accountId, eventName, day, hours });
  }
  // As for corrected events: a step that is counting a day already has not seen that these are not added.
  const cause = { corrected: true, nowMs: nowMs() };
  for (const [partition, days] of left) {
    await askForRecounts(db, session, partition, days, cause);
  }
  return kept;
}
