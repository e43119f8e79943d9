import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { Period } from '@billingrails/time';
import { Binary, type ClientSession, type Collection, type Db } from 'mongodb';
import type { MeteredEvent } from '../domain/chunk';
import type { PlacedEvent, UsageEvent } from '../domain/event';
import type { Outcome, OutcomeState, Unusable } from '../domain/outcome';
import { READING } from './reading';

const EVENTS = 'events';

/** An account's events of a name by time; the place in the stream makes the order total, for the backfill's cursor. */
export const EVENT_INDEXES: readonly IndexSpec[] = [
  { collection: EVENTS, key: { o: 1, a: 1, n: 1, t: 1, s: 1, i: 1 } },
];

/** An event as stored. Short names, because there is one for each event for ever. */
export interface EventDoc {
  /** The event's id: organisation and key. What makes it count once, for ever. */
  _id: string;
  /** Organisation, account, event name. */
  o: OrganisationId;
  a: AccountId;
  n: string;
  /** When it happened, whether the server set that, and when it was accepted. */
  t: Date;
  ta?: true;
  rt: Date;
  /** Properties: JSON bytes, so that no name a caller chose becomes a path in a document. */
  p: Binary;
  /** Its place: partition, sequence, index. */
  pt: number;
  s: number;
  i: number;
  /** Its outcome: the state, the profiles that counted it, those that could not. */
  x: OutcomeState;
  c?: number[];
  u?: { p: number; r: Unusable['reason'] }[];
}

/** A stored event with its place and what became of it. */
export interface StoredEvent extends PlacedEvent {
  readonly outcome: Outcome;
}

/** The collection, for the stores and tests of this service. */
export function eventCollection(db: Db): Collection<EventDoc> {
  return db.collection<EventDoc>(EVENTS);
}

/** Those of the ids that are taken, with their events. Nearly always none, so it reads only ids first. */
export async function findStored(
  db: Db,
  session: ClientSession,
  ids: readonly string[],
): Promise<Map<string, UsageEvent>> {
  const events = eventCollection(db);
  const wanted = { _id: { $in: [...ids] } };
  const taken = await events.find(wanted, { session, projection: { _id: 1 } }).toArray();
  if (taken.length === 0) return new Map();
  const docs = await events.find({ _id: { $in: taken.map(({ _id }) => _id) } }, { session });
  const stored = new Map<string, UsageEvent>();
  for await (const doc of docs) stored.set(doc._id, fromDoc(doc).event);
  return stored;
}

/** Stores new events. Their ids must be free in the session's snapshot. */
export async function insertEvents(
  db: Db,
  session: ClientSession,
  events: readonly MeteredEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await eventCollection(db).insertMany(events.map(toDoc), { session, ordered: false });
}

/** The events of a name of some accounts inside any of the periods, in no order. */
export async function* readEvents(
  db: Db,
  session: ClientSession,
  of: {
    readonly organisationId: OrganisationId;
    readonly accountIds: readonly AccountId[];
    readonly eventName: string;
    readonly periods: readonly Period[];
  },
): AsyncGenerator<UsageEvent> {
  for (let first = 0; first < of.periods.length; first += PERIODS_PER_QUERY) {
    const periods = of.periods.slice(first, first + PERIODS_PER_QUERY);
    const found = eventCollection(db).find(
      {
        o: of.organisationId,
        a: { $in: [...of.accountIds] },
        n: of.eventName,
        $or: periods.map(({ startMs, endMs }) => ({
          t: { $gte: new Date(startMs), $lt: new Date(endMs) },
        })),
      },
      { session, ...READING },
    );
    for await (const doc of found) yield fromDoc(doc).event;
  }
}

/** How many ranges of time one query names: enough for a month by day, few enough to plan quickly. */
const PERIODS_PER_QUERY = 50;

function toDoc({ event, place, outcome }: MeteredEvent): EventDoc {
  return {
    _id: event.id,
    o: event.organisationId,
    a: event.accountId,
    n: event.eventName,
    t: new Date(event.timestampMs),
    ...(event.timestampAssigned ? { ta: true } : {}),
    rt: new Date(event.receiveTimeMs),
    p: new Binary(event.properties),
    pt: place.partition,
    s: place.seq,
    i: place.index,
    x: outcome.state,
    ...(outcome.countedBy.length > 0 ? { c: [...outcome.countedBy] } : {}),
    ...(outcome.unusableBy.length > 0
      ? { u: outcome.unusableBy.map(({ profile, reason }) => ({ p: profile, r: reason })) }
      : {}),
  };
}

/** The stored event. A document that the lanes wrote always is one. */
export function fromDoc(doc: EventDoc): StoredEvent {
  return {
    event: {
      id: doc._id,
      organisationId: doc.o,
      accountId: doc.a,
      eventName: doc.n,
      key: doc._id.slice(doc.o.length + 1),
      timestampMs: doc.t.getTime(),
      timestampAssigned: doc.ta === true,
      receiveTimeMs: doc.rt.getTime(),
      properties: doc.p.buffer,
    },
    place: { partition: doc.pt, seq: doc.s, index: doc.i },
    outcome: {
      state: doc.x,
      countedBy: doc.c ?? [],
      unusableBy: (doc.u ?? []).map(({ p, r }) => ({ profile: p, reason: r })),
    },
  };
}
