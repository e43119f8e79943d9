import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import { inList, listEvents, listPositionOf, type ListPosition } from '../store/event-list';
import type { StoredEvent } from '../store/segments';
import { EventHistory, type DescribedEvent, type StoredState } from './event-history';

/** Which events to list. */
export interface StoredEventListing {
  readonly organisationId: OrganisationId;
  /** Undefined only where there are keys. */
  readonly accountId: AccountId | undefined;
  readonly eventName: string | undefined;
  readonly period: Period;
  /** Empty for any. */
  readonly keys: readonly string[];
  /** Undefined: any but amended. */
  readonly state: StoredState | undefined;
  readonly before: ListPosition | undefined;
  readonly limit: number;
}

/** A page of a list. */
export interface StoredEventPage {
  readonly events: readonly DescribedEvent[];
  /** Where the next page goes on; undefined when this is the last. */
  readonly next: ListPosition | undefined;
}

/** A page is ended by what reaches this, so that no call runs long. */
const EVENTS_PER_PAGE_MAX = 5_000;
/** Likewise, of properties as they came: shown, they are larger, and a message has at most 4 MiB. */
export const BYTES_PER_PAGE_MAX = 1024 * 1024;
const EVENTS_PER_READ = 500;

/** A page of a list of events: newest first, then by key, the greatest first. */
export async function listStoredEvents(
  db: Db,
  session: ClientSession,
  listing: StoredEventListing,
): Promise<StoredEventPage> {
  const history = new EventHistory(db, session, listing.organisationId);
  const events: DescribedEvent[] = [];
  let [lookedAt, byteCount] = [0, 0];
  let before = listing.before;
  for (;;) {
    const batch = await nextEvents(db, session, history, { ...listing, before });
    for (const [index, described] of (await history.describe(batch.events)).entries()) {
      before = listPositionOf(described.stored);
      lookedAt += 1;
      if (isWanted(described, listing.state)) {
        events.push(described);
        byteCount += described.stored.event.properties.length;
      }
      const isFull = events.length === listing.limit || byteCount >= BYTES_PER_PAGE_MAX;
      if (!isFull && lookedAt < EVENTS_PER_PAGE_MAX) continue;
      const isLast = batch.isLast && index === batch.events.length - 1;
      return { events, next: isLast ? undefined : before };
    }
    if (batch.isLast) return { events, next: undefined };
  }
}

/** The next events of the list, in whatever state. */
async function nextEvents(
  db: Db,
  session: ClientSession,
  history: EventHistory,
  { accountId, keys, limit, ...scope }: StoredEventListing,
): Promise<{ events: StoredEvent[]; isLast: boolean }> {
  if (keys.length > 0) {
    const all = await history.revisionsOf(keys);
    const events = all.filter((stored) => isInScope(stored, { accountId, ...scope }));
    return { events: events.sort(newestFirst), isLast: true };
  }
  if (accountId === undefined) return { events: [], isLast: true };
  // One more than wanted tells whether the page is the last; where most are passed over, many are read at once.
  const count = Math.max(limit + 1, scope.state === undefined ? 0 : EVENTS_PER_READ);
  const events = await listEvents(db, session, { ...scope, accountId, limit: count });
  return { events, isLast: events.length < count };
}

function isInScope(
  { event, ...stored }: StoredEvent,
  { accountId, eventName, period, before }: Omit<StoredEventListing, 'keys' | 'limit'>,
): boolean {
  const { timestampMs } = event;
  return (
    (accountId ?? event.accountId) === event.accountId &&
    (eventName ?? event.eventName) === event.eventName &&
    timestampMs >= period.startMs &&
    timestampMs < period.endMs &&
    (before === undefined || inList(listPositionOf({ event, ...stored }), before) > 0)
  );
}

function newestFirst(a: StoredEvent, b: StoredEvent): number {
  return inList(listPositionOf(a), listPositionOf(b));
}

function isWanted({ state }: DescribedEvent, wanted: StoredState | undefined): boolean {
  return wanted === undefined ? state !== 'amended' : state === wanted;
}
