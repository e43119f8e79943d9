import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import { compareUtf8 } from '../../domain/utf8-order';
import { READING } from '../../store/reading';
import { storedEventNames } from './event-names';
import { eventsOf, reachingInto, segmentCollection, type StoredEvent } from './segments';

/** A point in the order of a list: after its event. */
export interface ListPosition {
  readonly timestampMs: number;
  readonly key: string;
  /** Which of the key's revisions, where they share the time. */
  readonly segmentId: string;
  readonly index: number;
}

/** Which events to list. */
export interface EventListScope {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  /** Undefined: of every name. */
  readonly eventName?: string | undefined;
  readonly period: Period;
  /** Whether events that were withdrawn are left out. */
  readonly standingOnly?: boolean;
  /** Where the page before ended; undefined for the first. */
  readonly before?: ListPosition | undefined;
  readonly limit: number;
}

/** Where a page that ends with an event ends. */
export function listPositionOf({ event, segment, index }: StoredEvent): ListPosition {
  const { timestampMs, key } = event;
  return { timestampMs, key, segmentId: segment.id, index };
}

/**
 * An account's events, also those that were withdrawn unless only standing ones are wanted: newest first, then by key,
 * the greatest (by its UTF-8 bytes) first. Reads only the segments that the page can come from, but for those that
 * reach into its time from other pages.
 */
export async function listEvents(
  db: Db,
  session: ClientSession,
  scope: EventListScope,
): Promise<StoredEvent[]> {
  const { organisationId: o, accountId: a, eventName, period, before, limit } = scope;
  const names = eventName === undefined ? await storedEventNames(db, session, o) : [eventName];
  const endMs = Math.min(period.endMs, (before?.timestampMs ?? Infinity) + 1);
  const wanted = { startMs: period.startMs, endMs };
  const found = segmentCollection(db)
    .find(
      { o, a, en: { $in: names }, ...reachingInto(wanted) },
      { session, batchSize: SEGMENTS_PER_BATCH, ...READING },
    )
    .sort({ lt: -1, ft: -1, _id: -1 });
  let page: StoredEvent[] = [];
  for await (const doc of found) {
    const last = page.length === limit ? page.at(-1) : undefined;
    // No later segment has an event after this one's last.
    if (last !== undefined && last.event.timestampMs > doc.lt.getTime()) break;
    const more = eventsOf(doc).filter((stored) => {
      const { timestampMs } = stored.event;
      if (scope.standingOnly === true && stored.withdrawn !== undefined) return false;
      if (timestampMs < wanted.startMs || timestampMs >= wanted.endMs) return false;
      if (before !== undefined && inList(listPositionOf(stored), before) <= 0) return false;
      return last === undefined || newestFirst(stored, last) < 0;
    });
    if (more.length > 0) page = [...page, ...more].sort(newestFirst).slice(0, limit);
  }
  return page;
}

const SEGMENTS_PER_BATCH = 100;

function newestFirst(a: StoredEvent, b: StoredEvent): number {
  return inList(listPositionOf(a), listPositionOf(b));
}

/** The order of a list: negative where `a` comes before `b`. */
export function inList(a: ListPosition, b: ListPosition): number {
  return (
    b.timestampMs - a.timestampMs ||
    compareUtf8(b.key, a.key) ||
    compareUtf8(b.segmentId, a.segmentId) ||
    b.index - a.index
  );
}
