import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import type { ClientSession, Db, Document } from 'mongodb';
import { fenceBackfills } from '../../backfills/store/backfills';
import { gatheredBy } from '../../domain/gathered-by';
import type { Find } from '../../store/find';
import { contentHashOf, eventIdOf, type ArrivedEvent, type UsageEvent } from '../domain/event';
import type { NewSegment } from '../domain/segment';
import { findKeys, insertKeys, type EventKey, type KeyedContent } from './event-keys';
import { assertRawEventsKept } from './raw-horizon';
import {
  eventsOf,
  insertSegments,
  reachingInto,
  SEGMENTS,
  segmentCollection,
  type SegmentDoc,
  type StoredEvent,
  type Withdrawal,
} from './segments';

/** Which of the events' keys are taken, and by which contents. */
export type TakenKeys = ReadonlyMap<string, readonly UsageEvent[]>;

/**
 * Those of the events' ids that are taken, with all contents the events ever had, oldest first. These are read only
 * where one may be another: none where all that came again has the content of one of them.
 */
export async function findTaken(
  db: Db,
  session: ClientSession,
  events: readonly ArrivedEvent[],
): Promise<TakenKeys> {
  const ids = new Set(events.map(({ event }) => event.id));
  const keys = await findKeys(db, session, [...ids]);
  const doubtful = new Map<string, EventKey>();
  for (const { event } of keys.size > 0 ? events : []) {
    const key = keys.get(event.id);
    if (key === undefined || hasContent(key, contentHashOf(event))) continue;
    doubtful.set(event.id, key);
  }
  const stored = await readContents(db, session, [...doubtful.values()].flatMap(contentsOf));
  const contents = (id: string) => {
    const key = doubtful.get(id);
    return key === undefined ? [] : contentsOf(key).flatMap((content) => stored.get(content) ?? []);
  };
  return new Map([...keys.keys()].map((id) => [id, contents(id).map(({ event }) => event)]));
}

/** All contents that an event ever had, oldest first. */
export function contentsOf(key: EventKey): KeyedContent[] {
  return [...key.earlier, key];
}

function hasContent(key: EventKey, hash: Uint8Array): boolean {
  return contentsOf(key).some((content) => Buffer.compare(content.hash, hash) === 0);
}

/** Stores the events of a chunk and takes their keys. Throws KeysTakenError when one of them is not free. */
export async function insertEvents(
  db: Db,
  session: ClientSession,
  segments: readonly NewSegment[],
): Promise<void> {
  // First what can fail.
  await insertKeys(db, session, segments);
  await insertSegments(db, session, segments);
}

/** Which events to read. */
export interface EventScope {
  readonly organisationId: OrganisationId;
  readonly accountIds: readonly AccountId[];
  readonly eventName: string;
  readonly periods: readonly Period[];
  /** As they were known then: received, and not withdrawn, by that instant. Undefined: as they are now. */
  readonly knownAtMs?: number;
}

/** The events of a name of some accounts inside any of the periods that are not withdrawn, each once, in no order. */
export async function* readEvents(
  find: Find,
  { knownAtMs, ...scope }: EventScope,
): AsyncGenerator<StoredEvent> {
  for await (const doc of readSegments(find, scope)) {
    for (const stored of eventsOf(doc)) {
      const { timestampMs } = stored.event;
      const isInside = scope.periods.some((p) => timestampMs >= p.startMs && timestampMs < p.endMs);
      if (isInside && stands(stored, knownAtMs)) yield stored;
    }
  }
}

/** Which segments to read. */
export interface SegmentScope extends Omit<EventScope, 'knownAtMs'> {
  /** Only those from this id on. */
  readonly fromSegment?: string;
  /** Whether events are known to be kept, however old they are. */
  readonly areKept?: boolean;
}

/**
 * The segments that reach into any of the periods, each once, in no order. Throws DomainError when some may be deleted.
 */
export function readSegments(find: Find, scope: SegmentScope): AsyncGenerator<SegmentDoc> {
  return findSegments(find, scope, undefined);
}

/** When the events of these segments happened, and how many each has, without reading them. */
export async function* segmentSizes(
  find: Find,
  scope: SegmentScope,
): AsyncGenerator<{ readonly firstMs: number; readonly lastMs: number; readonly count: number }> {
  for await (const { ft, lt, n } of findSegments(find, scope, { ft: 1, lt: 1, n: 1 })) {
    yield { firstMs: ft.getTime(), lastMs: lt.getTime(), count: n };
  }
}

async function* findSegments(
  find: Find,
  { organisationId: o, accountIds, eventName: en, periods, fromSegment, areKept }: SegmentScope,
  projection: Document | undefined,
): AsyncGenerator<SegmentDoc> {
  if (periods.length === 0) return;
  const startMs = periods.reduce((first, period) => Math.min(first, period.startMs), Infinity);
  // Asked for beside the first of them, and known before any is told.
  const kept = areKept === true ? undefined : assertRawEventsKept(find, startMs);
  const seen = new Set<string>();
  for (let first = 0; first < periods.length; first += PERIODS_PER_QUERY) {
    const $or = periods.slice(first, first + PERIODS_PER_QUERY).map(reachingInto);
    const newer = fromSegment === undefined ? {} : { _id: { $gte: fromSegment } };
    const filter = { o, a: { $in: [...accountIds] }, en, ...newer, $or };
    const found = find<SegmentDoc>(SEGMENTS, filter, projection);
    await kept;
    for await (const doc of found) {
      // Once is enough also for a segment that reaches into periods of several queries.
      if (periods.length > PERIODS_PER_QUERY && seen.has(doc._id)) continue;
      seen.add(doc._id);
      yield doc;
    }
  }
}

/** How many ranges of time one query names: enough for a month by day, few enough to plan quickly. */
const PERIODS_PER_QUERY = 50;

/** An event by its key, also when it is withdrawn; undefined when there is none. */
export async function findEvent(
  db: Db,
  session: ClientSession,
  organisationId: OrganisationId,
  key: string,
): Promise<StoredEvent | undefined> {
  const id = eventIdOf(organisationId, key);
  const found = (await findKeys(db, session, [id])).get(id);
  return found && (await readContents(db, session, [found])).get(found);
}

/** Which event is withdrawn, when, and by which correction. */
export interface EventWithdrawal extends Withdrawal {
  readonly segmentId: string;
  readonly index: number;
}

/**
 * Marks events of an organisation as withdrawn; one that is withdrawn already stays as it is. No backfill overlaps with
 * the transaction, so what a running one has passed is what it had passed in the transaction's snapshot.
 */
export async function withdrawEvents(
  db: Db,
  session: ClientSession,
  organisationId: OrganisationId,
  withdrawals: readonly EventWithdrawal[],
): Promise<void> {
  if (withdrawals.length === 0) return;
  await fenceBackfills(db, session, organisationId);
  await segmentCollection(db).bulkWrite(
    withdrawals.map(({ segmentId, index: i, atMs, by }) => ({
      updateOne: {
        filter: { _id: segmentId, o: organisationId, 'x.i': { $ne: i } },
        update: { $push: { x: { i, at: new Date(atMs), by } } },
      },
    })),
    { session },
  );
}

/** The stored events that lie where these contents do. */
export async function readContents(
  db: Db,
  session: ClientSession,
  contents: readonly KeyedContent[],
): Promise<Map<KeyedContent, StoredEvent>> {
  const stored = new Map<KeyedContent, StoredEvent>();
  if (contents.length === 0) return stored;
  const bySegment = gatheredBy(contents, ({ segmentId }) => segmentId);
  const filter = { _id: { $in: [...bySegment.keys()] } };
  for await (const doc of segmentCollection(db).find(filter, { session })) {
    const events = eventsOf(doc);
    for (const content of bySegment.get(doc._id) ?? []) {
      const event = events[content.index];
      if (event !== undefined) stored.set(content, event);
    }
  }
  return stored;
}

/** Whether an event counts: as of now, or as it was known at an instant. */
export function stands({ event, withdrawn }: StoredEvent, knownAtMs: number | undefined): boolean {
  if (knownAtMs === undefined) return withdrawn === undefined;
  if (event.receiveTimeMs > knownAtMs) return false;
  return withdrawn === undefined || withdrawn.atMs > knownAtMs;
}
