import { partitionOf } from '@billingrails/bus';
import type { ClientSession, Db } from 'mongodb';
import type { AggregationMethod } from '../../domain/aggregation';
import type { RecountRules } from '../../recounts/domain/recount';
import { addUniqueValues } from '../../unique-values/store/unique-days';
import { usageDayOf, type CollectedDay, type UsageDay } from '../domain/usage-day';
import { insertAdditions, type AddingChunk } from '../store/usage-additions';
import { addUsageDays } from '../store/write-usage-days';
import { addLevels } from './add-levels';
import { leaveTooMany } from './leave-usage';

/**
 * Adds what profiles counted to its buckets, in the transaction that counts it. The events must be stored already. What
 * meets too many buckets for a transaction is left to be counted from them.
 */
export async function addUsage(
  db: Db,
  session: ClientSession,
  usage: readonly CollectedDay[],
  rules: RecountRules,
): Promise<void> {
  const { days, levels } = parted(await leaveTooMany(db, session, usage, rules));
  await addUsageDays(db, session, days);
  await addUniqueValues(db, session, days);
  await addLevels(db, session, levels, rules);
}

/**
 * Does so for what lanes counted of chunks, each of another partition. Where nothing but usage_days holds the bucket,
 * and additions commute, what is added waits to be settled there. It counts at once all the same.
 */
export async function addUsageOfChunks(
  db: Db,
  session: ClientSession,
  usage: readonly CollectedDay[],
  chunks: readonly AddingChunk[],
  partitionCount: number,
  rules: RecountRules,
): Promise<void> {
  const { days, levels } = parted(await leaveTooMany(db, session, usage, rules));
  const waiting = new Map(
    chunks.map((chunk) => [chunk.partition, { chunk, days: [] as UsageDay[] }]),
  );
  const direct: UsageDay[] = [];
  for (const day of days) {
    const partition = partitionOf(day.organisationId, day.accountId, partitionCount);
    const later = CAN_WAIT[day.method] ? waiting.get(partition)?.days : undefined;
    (later ?? direct).push(day);
  }
  await insertAdditions(db, session, [...waiting.values()]);
  await addUsageDays(db, session, direct);
  await addUniqueValues(db, session, direct);
  await addLevels(db, session, levels, rules);
}

/** Distinct values lie beside their bucket, and who changes them must write it; levels are replaced, not added to. */
const CAN_WAIT: Record<AggregationMethod, boolean> = {
  sum: true,
  count: true,
  count_unique: false,
  max: true,
  min: true,
  latest: true,
  average: true,
  time_weighted_sum: false,
};

/** Days to be added to, and days of levels. */
function parted(usage: readonly CollectedDay[]) {
  const isLevel = ({ by }: CollectedDay) => by.method === 'time_weighted_sum';
  return {
    days: usage.filter((day) => !isLevel(day)).map(usageDayOf),
    levels: usage.filter(isLevel),
  };
}
