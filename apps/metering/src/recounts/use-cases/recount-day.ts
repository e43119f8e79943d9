import { inTransaction, type Mongo } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import { fenceBackfills } from '../../backfills/store/backfills';
import { ChangedUsage } from '../../changes/domain/changed-usage';
import { CountedUsage } from '../../changes/domain/counted-usage';
import { insertUsageChanges } from '../../changes/store/usage-changes';
import { HOUR_MS, HOURS_PER_DAY } from '../../domain/hours';
import { segmentIdOf } from '../../events/domain/segment';
import { lookingProfiles } from '../../meters/use-cases/looking-profiles';
import { readAppliedSeqs } from '../../partitions/store/partitions';
import { inSnapshot } from '../../store/snapshot';
import { joinCollected, usageDayIdOf, type CollectedDay } from '../../usage/domain/usage-day';
import {
  collectHours,
  collectNewer,
  lookedAtBy,
  sizesOfHours,
  type HoursScope,
  type HoursUsage,
} from '../../usage/use-cases/hours-scope';
import { settleAccount, settlePartition } from '../../usage/use-cases/settle-additions';
import type { Recount, RecountLimits } from '../domain/recount';
import { finishHours, noteRecountStep, readRecount } from '../store/recounts';
import { compareAll, compareSome } from './compare-hours';
import { replaceFound } from './rebuild-hours';

/** How much one step does. */
export const RECOUNT_STEP: RecountLimits = { eventCount: 10_000, bucketCount: 500 };

/** How hours are counted again. */
export interface RecountOptions {
  readonly limits?: RecountLimits;
  /** Called when the events are read and nothing is written; a test can change something there. */
  readonly afterRead?: () => Promise<void>;
}

/** What was read has changed since: it must be read again. */
export class RecountStaleError extends Error {
  override readonly name = 'RecountStaleError';
}

/** What the events of hours came to at one moment. */
interface Pass {
  /** As it was then. */
  readonly recount: Recount;
  readonly scope: HoursScope;
  /** Segments that come later have this id or greater ones. */
  readonly newFrom: string;
  readonly segments: HoursUsage['segments'];
  /** What the buckets must be. */
  readonly collected: readonly CollectedDay[];
  /** The names of those that differed from it. */
  readonly names: readonly string[];
}

/**
 * Counts the next hours of a recount again: reads all their events in a snapshot, which locks nothing, and then
 * replaces the buckets that differ, some in each transaction, with the events that have come meanwhile. Throws
 * RecountStaleError where something else than new events has changed meanwhile: what was replaced stays right, and the
 * next call goes on.
 */
export async function recountHours(
  mongo: Mongo,
  day: Recount,
  { limits = RECOUNT_STEP, afterRead }: RecountOptions = {},
): Promise<void> {
  const pass = await inSnapshot(mongo, (db, session) => read(db, session, day, limits));
  if (pass === undefined) return;
  await afterRead?.();
  await settleFirst(mongo, pass.recount, limits);
  const { names } = pass;
  const last = Math.floor(Math.max(names.length - 1, 0) / limits.bucketCount) * limits.bucketCount;
  for (let from = 0; from <= last; from += limits.bucketCount) {
    const part = new Set(names.slice(from, from + limits.bucketCount));
    const step = { names: part, isLast: from === last, limits };
    await inTransaction(mongo, (session) => replace(mongo.db, session, pass, step));
  }
}

/** Else the steps would have to settle what waits of the account, however much that is. */
async function settleFirst(
  mongo: Mongo,
  { partition }: Recount,
  { bucketCount }: RecountLimits,
): Promise<void> {
  let isAll = false;
  while (!isAll) {
    isAll = await inTransaction(mongo, (session) =>
      settlePartition(mongo.db, session, partition, bucketCount),
    );
  }
}

/** Undefined where the recount is done. */
async function read(
  db: Db,
  session: ClientSession,
  day: Recount,
  limits: RecountLimits,
): Promise<Pass | undefined> {
  const recount = await readRecount(db, session, day);
  if (recount === undefined) return undefined;
  const applied = (await readAppliedSeqs(db, session)).get(recount.partition) ?? 0;
  const scope = await nextHours(db, session, recount, limits);
  const { collected, segments } = await collectHours(db, session, scope);
  const found = await compareAll(db, session, scope, collected);
  const differing = found.filter(({ differences }) => differences.length > 0);
  const names = differing.map(({ day: bucket }) => usageDayIdOf(bucket));
  return { recount, scope, newFrom: segmentIdOf(applied + 1, 0), segments, collected, names };
}

/** As many hours as have few events together, but at least one. */
async function nextHours(
  db: Db,
  session: ClientSession,
  { organisationId, accountId, eventName, day, hours }: Recount,
  { eventCount: eventsMax }: RecountLimits,
): Promise<HoursScope> {
  const all = hours.map((hour) => day * HOURS_PER_DAY + hour);
  // The deletion of old events leaves those of days that are being counted again.
  const scope = { organisationId, accountId, eventName, hours: all, areKept: true };
  const sizes = await sizesOfHours(db, session, scope, eventsMax);
  return sizes === undefined ? { ...scope, hours: all.slice(0, 1) } : scope;
}

/** Some buckets of a pass, in one transaction. */
interface Step {
  readonly names: ReadonlySet<string>;
  /** Then the hours are done. */
  readonly isLast: boolean;
  readonly limits: RecountLimits;
}

async function replace(
  db: Db,
  session: ClientSession,
  { recount, scope, newFrom, segments, collected }: Pass,
  { names, isLast, limits }: Step,
): Promise<void> {
  if (!(await noteRecountStep(db, session, recount))) throw new RecountStaleError('corrected');
  const { organisationId, accountId, eventName, hours } = scope;
  await fenceBackfills(db, session, organisationId);
  const looking = await lookingProfiles(db, session, organisationId, eventName);
  if (segments.some(({ key, lookedAtBy: then }) => lookedAtBy(looking, key) !== then)) {
    throw new RecountStaleError('other profiles have looked at the events');
  }
  await settleAccount(db, session, organisationId, accountId);
  const newer = await collectNewer(db, session, scope, newFrom, limits.eventCount);
  if (newer === undefined) throw new RecountStaleError('too many events have come meanwhile');
  const late = isLast ? levelsAmong(newer.collected) : [];
  const wanted = new Set([...names, ...late]);
  if (wanted.size > names.size + limits.bucketCount) {
    throw new RecountStaleError('levels have come to too many buckets meanwhile');
  }
  const together = joinCollected([...collected, ...newer.collected].filter(isAmong(wanted)));
  await replaceFound(db, session, await compareSome(db, session, scope, together, wanted));
  const first = recount.day * HOURS_PER_DAY;
  const done = hours.map((hour) => hour - first);
  if (isLast) await finishHours(db, session, recount, done);
  if (names.size > 0) await tellRecounted(db, session, recount.partition, scope);
}

/** A correction was told when it came; a repair is told only here. */
async function tellRecounted(
  db: Db,
  session: ClientSession,
  partition: number,
  scope: HoursScope,
): Promise<void> {
  // Rare as it is, it is told of whatever time it is.
  const changed = new ChangedUsage(Infinity, new CountedUsage());
  for (const hour of scope.hours) changed.add(scope, hour * HOUR_MS, (hour + 1) * HOUR_MS - 1);
  await insertUsageChanges(db, session, { partition, writer: 'recount' }, changed.accounts);
}

/** Levels that came late may have been left to be counted here; all else that came was added to its buckets. */
function levelsAmong(days: readonly CollectedDay[]): string[] {
  return days.filter(({ by }) => by.method === 'time_weighted_sum').map(usageDayIdOf);
}

function isAmong(names: ReadonlySet<string>): (day: CollectedDay) => boolean {
  return (day) => names.has(usageDayIdOf(day));
}
