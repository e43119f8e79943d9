import type { OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { Period } from '@billingrails/time';
import type { ClientSession, Collection, Db } from 'mongodb';
import { HOUR_MS, MINUTE_MS } from '../../domain/hours';
import { READING } from '../../store/reading';
import { NO_EVENT_COUNTS, type EventCount, type EventCounts } from '../domain/event-count';

const EVENT_COUNTS = 'event_counts';

export const EVENT_COUNT_INDEXES: readonly IndexSpec[] = [
  { collection: EVENT_COUNTS, key: { o: 1, t: 1 } },
];

/** How many of an organisation's events that were received in one hour came to which end. */
interface EventCountsDoc {
  /** "<organisation>/<writer>/<hour since 1970>". */
  _id: string;
  o: OrganisationId;
  /** The hour's first instant. */
  t: Date;
  /**
   * By minute of the hour, "0" to "59". One document may be below zero, what a backfill has moved; their sum never is.
   */
  mi: Record<string, Partial<Record<EventCount, number>>>;
}

/**
 * A writer of counts, each in documents of its own, so that none waits for another: a partition's lane, or the
 * backfills, of which one runs at a time.
 */
export type EventCounter = number | 'backfills' | 'replays';

/** Events that came to an end, or, with a negative count, left one. */
export interface CountedEvents {
  readonly organisationId: OrganisationId;
  readonly receiveTimeMs: number;
  readonly state: EventCount;
  readonly count: number;
}

function collection(db: Db): Collection<EventCountsDoc> {
  return db.collection<EventCountsDoc>(EVENT_COUNTS);
}

/** Counts events by what became of them, in the transaction in which it did. */
export async function addEventCounts(
  db: Db,
  session: ClientSession,
  counter: EventCounter,
  events: Iterable<CountedEvents>,
): Promise<void> {
  await addCountsOf(db, session, [[counter, events]]);
}

/** Counts what several counters have, each once. */
export async function addCountsOf(
  db: Db,
  session: ClientSession,
  counted: readonly (readonly [EventCounter, Iterable<CountedEvents>])[],
): Promise<void> {
  const increments = counted.flatMap(([counter, events]) => [...incrementsOf(events, counter)]);
  const updates = increments.map(([_id, { o, t, increments: ofMinutes }]) => ({
    updateOne: {
      filter: { _id },
      update: { $inc: Object.fromEntries(ofMinutes), $setOnInsert: { o, t } },
      upsert: true,
    },
  }));
  if (updates.length > 0) await collection(db).bulkWrite(updates, { session, ordered: false });
}

/** What became of the events that were received in a period of whole minutes. */
export async function readEventCounts(
  db: Db,
  session: ClientSession | undefined,
  organisationId: OrganisationId,
  { startMs, endMs }: Period,
): Promise<EventCounts> {
  const sum = { ...NO_EVENT_COUNTS };
  const t = { $gte: new Date(hourStart(startMs)), $lt: new Date(endMs) };
  const options = { ...READING, ...(session === undefined ? {} : { session }) };
  for await (const doc of collection(db).find({ o: organisationId, t }, options)) {
    for (const [minute, counts] of Object.entries(doc.mi)) {
      const minuteMs = doc.t.getTime() + Number(minute) * MINUTE_MS;
      if (minuteMs < startMs || minuteMs >= endMs) continue;
      for (const [state, count] of Object.entries(counts) as [EventCount, number][]) {
        sum[state] += count;
      }
    }
  }
  return sum;
}

interface Increments {
  readonly o: OrganisationId;
  readonly t: Date;
  readonly increments: Map<string, number>;
}

function incrementsOf(
  events: Iterable<CountedEvents>,
  counter: EventCounter,
): Map<string, Increments> {
  const docs = new Map<string, Increments>();
  for (const { organisationId: o, receiveTimeMs, state, count } of together(events)) {
    const hourMs = hourStart(receiveTimeMs);
    const _id = `${o}/${counter}/${hourMs / HOUR_MS}`;
    let doc = docs.get(_id);
    if (doc === undefined) docs.set(_id, (doc = { o, t: new Date(hourMs), increments: new Map() }));
    const path = `mi.${Math.floor((receiveTimeMs - hourMs) / MINUTE_MS)}.${state}`;
    doc.increments.set(path, (doc.increments.get(path) ?? 0) + count);
  }
  return docs;
}

/** Those in a row that are counted alike, as nearly all of a chunk are, as one. */
function* together(events: Iterable<CountedEvents>): Generator<CountedEvents> {
  let last: CountedEvents | undefined;
  let count = 0;
  for (const event of events) {
    if (last !== undefined && !isAlike(last, event)) {
      yield { ...last, count };
      count = 0;
    }
    last = event;
    count += event.count;
  }
  if (last !== undefined) yield { ...last, count };
}

function isAlike(a: CountedEvents, b: CountedEvents): boolean {
  return (
    a.state === b.state &&
    a.organisationId === b.organisationId &&
    Math.floor(a.receiveTimeMs / MINUTE_MS) === Math.floor(b.receiveTimeMs / MINUTE_MS)
  );
}

function hourStart(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS) * HOUR_MS;
}
