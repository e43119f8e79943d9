import { readEventList } from '@billingrails/bus';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { Period } from '@billingrails/time';
import { Binary, type ClientSession, type Collection, type Db, type Filter } from 'mongodb';
import { DAY_MS, dayOf } from '../../domain/hours';
import { insertAll } from '../../store/write-commands';
import { eventIdOf, type PlacedEvent, type StreamPlace } from '../domain/event';
import type { NewSegment, SegmentKey } from '../domain/segment';

export const SEGMENTS = 'segments';

/**
 * An account's events of a name by time. A segment is of one day, so the range of its last event's time finds those
 * that reach into a period, and the first event's time, also in the index, leaves out those that begin after it. All of
 * it together is the order of a backfill's pass.
 */
export const SEGMENT_INDEXES: readonly IndexSpec[] = [
  { collection: SEGMENTS, key: { o: 1, a: 1, en: 1, lt: 1, ft: 1, _id: 1 } },
];

/** Events of one account, name and UTC day that came in one chunk. Never changed but for `x`. */
export interface SegmentDoc {
  /** `segmentIdOf` its chunk. */
  _id: string;
  /** Organisation, account, event name, partition. */
  o: OrganisationId;
  a: AccountId;
  en: string;
  pt: number;
  /** When the first and the last of its events happened. */
  ft: Date;
  lt: Date;
  /** How many events. */
  n: number;
  /** The events as an EventList: the very bytes they came in, so that no name a caller chose becomes a path. */
  e: Binary;
  /** Where each lay in the stream: sequence (6 bytes) and index (4 bytes), little-endian. */
  pl: Binary;
  /** Which events were withdrawn (by index), when, and by which correction. */
  x?: { i: number; at: Date; by: string }[];
}

const SEQ_BYTES = 6;
const PLACE_BYTES = 10;

/** When, and by which correction, an event was withdrawn: voided, or replaced by an amended one. */
export interface Withdrawal {
  readonly atMs: number;
  readonly by: string;
}

/** An event as stored. One that was withdrawn counts for nothing. */
export interface StoredEvent extends PlacedEvent {
  readonly segment: SegmentKey;
  /** Which of the segment's events it is, from 0. */
  readonly index: number;
  readonly withdrawn?: Withdrawal;
}

/** The collection, for the stores and tests of this service. */
export function segmentCollection(db: Db): Collection<SegmentDoc> {
  return db.collection<SegmentDoc>(SEGMENTS);
}

/** Stores new segments. */
export async function insertSegments(
  db: Db,
  session: ClientSession,
  segments: readonly NewSegment[],
): Promise<void> {
  await insertAll(db, session, segmentCollection(db), segments.map(toDoc), bytesMaxOf);
}

/** A character has at most three bytes, and the rest a fixed size. */
function bytesMaxOf({ a, en, e, pl }: SegmentDoc): number {
  return (a.length + en.length) * 3 + e.length() + pl.length() + 256;
}

/** The events of a segment, also those that were withdrawn, in order of time. */
export function eventsOf(doc: SegmentDoc): StoredEvent[] {
  const segment = segmentKeyOf(doc);
  const places = Buffer.from(doc.pl.buffer);
  const withdrawn = new Map((doc.x ?? []).map(({ i, at, by }) => [i, { atMs: at.getTime(), by }]));
  return readEventList(doc.e.buffer).events.map((received, index) => {
    const withdrawal = withdrawn.get(index);
    return {
      event: {
        id: eventIdOf(doc.o, received.idempotencyKey),
        organisationId: doc.o,
        accountId: doc.a,
        eventName: doc.en,
        key: received.idempotencyKey,
        timestampMs: received.timestampMs,
        timestampAssigned: received.timestampAssigned,
        receiveTimeMs: received.receiveTimeMs,
        properties: received.properties,
      },
      place: placeAt(places, index, doc.pt),
      segment,
      index,
      ...(withdrawal === undefined ? {} : { withdrawn: withdrawal }),
    };
  });
}

/** Which segment it is. */
export function segmentKeyOf(doc: SegmentDoc): SegmentKey {
  const { _id: id, pt: partition, a: accountId, ft, lt } = doc;
  return { id, partition, accountId, firstMs: ft.getTime(), lastMs: lt.getTime() };
}

/**
 * Which segments reach into a period. A segment ends on the day it begins on, so none of these ends after the period's
 * last day.
 */
export function reachingInto({ startMs, endMs }: Period): Filter<SegmentDoc> {
  const lastDayEndMs = (dayOf(endMs - 1) + 1) * DAY_MS;
  return {
    lt: { $gte: new Date(startMs), $lt: new Date(lastDayEndMs) },
    ft: { $lt: new Date(endMs) },
  };
}

function toDoc(segment: NewSegment): SegmentDoc {
  const { events } = segment;
  const places = Buffer.allocUnsafe(events.length * PLACE_BYTES);
  for (const [index, { place }] of events.entries()) {
    places.writeUIntLE(place.seq, index * PLACE_BYTES, SEQ_BYTES);
    places.writeUInt32LE(place.index, index * PLACE_BYTES + SEQ_BYTES);
  }
  return {
    _id: segment.id,
    o: segment.organisationId,
    a: segment.accountId,
    en: segment.eventName,
    pt: segment.partition,
    ft: new Date(segment.firstMs),
    lt: new Date(segment.lastMs),
    n: events.length,
    e: new Binary(Buffer.concat(events.map(({ bytes }) => bytes))),
    pl: new Binary(places),
  };
}

function placeAt(places: Buffer, index: number, partition: number): StreamPlace {
  return {
    partition,
    seq: places.readUIntLE(index * PLACE_BYTES, SEQ_BYTES),
    index: places.readUInt32LE(index * PLACE_BYTES + SEQ_BYTES),
  };
}
