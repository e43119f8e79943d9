import type { MeterId, OrganisationId } from '@billingrails/ids';
import { segmentSeqOf, type SegmentKey } from '../../events/domain/segment';

/**
 * The counting of events that were stored before profiles were created, by these profiles: each of them once, while
 * new events keep coming. The profiles were created together, so one pass counts for all of them.
 *
 * The pass goes over segments by account, time and id. That order never changes for a segment once stored, so a
 * position in it splits the earlier segments into those done and those to do. New ones may fall anywhere in it, but lie
 * above their partition's fence and are passed over: the lanes have counted them. A segment comes of one chunk, so it
 * lies wholly behind the fence or wholly above.
 */
export interface Backfill {
  readonly id: string;
  readonly organisationId: OrganisationId;
  readonly meterId: MeterId;
  readonly eventName: string;
  /** The profiles' numbers. */
  readonly profiles: readonly number[];
  /** By partition: the last sequence that was stored before the profiles existed. */
  readonly fences: ReadonlyMap<number, number>;
  /** The last segment looked at; undefined before the first. */
  readonly position: BackfillPosition | undefined;
  readonly doneCount: number;
  readonly totalCount: number;
  readonly complete: boolean;
  /** When its first chunk began, and when its last one was done; undefined before the first. */
  readonly startTimeMs: number | undefined;
  readonly moveTimeMs: number | undefined;
}

/** A point in the order of the pass. */
export type BackfillPosition = Omit<SegmentKey, 'partition'>;

/** Whether a segment was stored before the profiles were created. Later ones were counted by the lanes. */
export function isBehindFence(
  { partition, id }: SegmentKey,
  fences: ReadonlyMap<number, number>,
): boolean {
  return segmentSeqOf(id) <= (fences.get(partition) ?? 0);
}

/** Whether the backfill's profiles have looked at a segment: counted by a lane, or by the backfill. */
export function isPassed(backfill: Backfill, segment: SegmentKey): boolean {
  const { complete, fences, position } = backfill;
  if (complete || !isBehindFence(segment, fences)) return true;
  return position !== undefined && inPass(segment, position) <= 0;
}

/** The order of the pass, as the database has it: account ids are ASCII, so it compares them as JavaScript does. */
function inPass(a: BackfillPosition, b: BackfillPosition): number {
  if (a.accountId !== b.accountId) return a.accountId < b.accountId ? -1 : 1;
  const inTime = a.lastMs - b.lastMs || a.firstMs - b.firstMs;
  if (inTime !== 0 || a.id === b.id) return inTime;
  return a.id < b.id ? -1 : 1;
}

/** How fast a backfill is. */
export interface BackfillPace {
  readonly eventsPerSecond: number;
  /** When it will be complete at that rate; undefined when it is. */
  readonly estimatedEndMs: number | undefined;
}

/** The rate since it began; undefined before there is one. */
export function paceOf(backfill: Backfill): BackfillPace | undefined {
  const { startTimeMs, moveTimeMs, doneCount, totalCount, complete } = backfill;
  if (startTimeMs === undefined || moveTimeMs === undefined || doneCount === 0) return undefined;
  const tookMs = Math.max(moveTimeMs - startTimeMs, 1);
  const remainingMs = Math.ceil(((totalCount - doneCount) * tookMs) / doneCount);
  return {
    eventsPerSecond: Math.round((doneCount * 1_000) / tookMs),
    estimatedEndMs: complete ? undefined : moveTimeMs + remainingMs,
  };
}
