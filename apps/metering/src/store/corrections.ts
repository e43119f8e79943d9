import { encodeEventEntry, readEventList } from '@billingrails/bus';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import { Binary, type ClientSession, type Collection, type Db, type Filter } from 'mongodb';
import type { Correction, CorrectionState } from '../domain/correction';
import { eventIdOf, type UsageEvent } from '../domain/event';

const CORRECTIONS = 'corrections';

/** All corrections of an event, whatever account they name. */
export const CORRECTION_INDEXES: readonly IndexSpec[] = [
  { collection: CORRECTIONS, key: { o: 1, k: 1, _id: 1 } },
];

/** A correction, for ever: what makes it apply once, and why its event is what it is. */
interface CorrectionDoc {
  /** "<organisation>/<correction>". */
  _id: string;
  /** Organisation, account, idempotency key. */
  o: OrganisationId;
  a: AccountId;
  k: string;
  /** Its place: partition, sequence, index. */
  pt: number;
  s: number;
  i: number;
  /** When it was accepted. */
  rt: Date;
  reason: string;
  /** Of an amendment: the new content, as an EventList of one. */
  e?: Binary;
  state: CorrectionState;
}

/** A correction with what became of it. */
export interface StoredCorrection extends Correction {
  readonly state: CorrectionState;
}

function collection(db: Db): Collection<CorrectionDoc> {
  return db.collection<CorrectionDoc>(CORRECTIONS);
}

/** Those of an organisation's corrections that are stored, by id. */
export async function readCorrections(
  db: Db,
  session: ClientSession | undefined,
  organisationId: OrganisationId,
  ids: readonly string[],
): Promise<Map<string, StoredCorrection>> {
  const wanted = { _id: { $in: ids.map((id) => docIdOf(organisationId, id)) } };
  const docs = await read(db, session, wanted);
  return new Map(docs.map((correction) => [correction.id, correction]));
}

/** All corrections of events, by the events' keys, in the order of the stream; those of other accounts too. */
export function correctionsOf(
  db: Db,
  session: ClientSession | undefined,
  organisationId: OrganisationId,
  keys: readonly string[],
): Promise<StoredCorrection[]> {
  return read(db, session, { o: organisationId, k: { $in: [...keys] } });
}

/** Those that wait for events with these keys, in the order of the stream. */
export function waitingCorrections(
  db: Db,
  session: ClientSession,
  organisationId: OrganisationId,
  keys: readonly string[],
): Promise<StoredCorrection[]> {
  return read(db, session, { o: organisationId, k: { $in: [...keys] }, state: 'waiting' });
}

/** Stores new corrections. Their ids must be free in the session's snapshot. */
export async function insertCorrections(
  db: Db,
  session: ClientSession,
  corrections: readonly StoredCorrection[],
): Promise<void> {
  if (corrections.length === 0) return;
  await collection(db).insertMany(corrections.map(toDoc), { session });
}

/** Changes what became of stored corrections of an organisation, given by their ids. */
export async function setCorrectionStates(
  db: Db,
  session: ClientSession,
  organisationId: OrganisationId,
  states: ReadonlyMap<string, CorrectionState>,
): Promise<void> {
  if (states.size === 0) return;
  const updates = [...states].map(([id, state]) => ({
    updateOne: { filter: { _id: docIdOf(organisationId, id) }, update: { $set: { state } } },
  }));
  await collection(db).bulkWrite(updates, { session, ordered: false });
}

async function read(
  db: Db,
  session: ClientSession | undefined,
  filter: Filter<CorrectionDoc>,
): Promise<StoredCorrection[]> {
  const options = session === undefined ? {} : { session };
  const corrections = await collection(db).find(filter, options).map(fromDoc).toArray();
  return corrections.sort((a, b) => a.place.seq - b.place.seq || a.place.index - b.place.index);
}

function docIdOf(organisationId: OrganisationId, id: string): string {
  return `${organisationId}/${id}`;
}

function toDoc(correction: StoredCorrection): CorrectionDoc {
  const { id, organisationId, amended, place, receiveTimeMs, reason, state } = correction;
  return {
    _id: docIdOf(organisationId, id),
    o: organisationId,
    a: correction.accountId,
    k: correction.key,
    pt: place.partition,
    s: place.seq,
    i: place.index,
    rt: new Date(receiveTimeMs),
    reason,
    ...(amended === undefined ? {} : { e: new Binary(entryOf(amended)) }),
    state,
  };
}

/** An event as an EventList of one: what its bytes would be, had it come as one. */
export function entryOf(event: UsageEvent): Uint8Array {
  const { organisationId, accountId, eventName, key, timestampAssigned, properties } = event;
  return encodeEventEntry({
    ...{ organisationId, accountId, eventName, idempotencyKey: key },
    timestampMs: BigInt(event.timestampMs),
    timestampAssigned,
    receiveTimeMs: BigInt(event.receiveTimeMs),
    properties,
  });
}

function fromDoc({
  _id,
  o,
  a,
  k,
  pt,
  s,
  i,
  rt,
  reason,
  e,
  state,
}: CorrectionDoc): StoredCorrection {
  return {
    id: _id.slice(o.length + 1),
    organisationId: o,
    accountId: a,
    key: k,
    place: { partition: pt, seq: s, index: i },
    receiveTimeMs: rt.getTime(),
    reason,
    amended: e && amendedOf(o, a, k, e.buffer),
    state,
  };
}

function amendedOf(
  organisationId: OrganisationId,
  accountId: AccountId,
  key: string,
  list: Uint8Array,
): UsageEvent | undefined {
  const [received] = readEventList(list).events;
  if (received === undefined) return undefined;
  const { eventName, timestampMs, timestampAssigned, receiveTimeMs, properties } = received;
  const id = eventIdOf(organisationId, key);
  const content = { eventName, timestampMs, timestampAssigned, receiveTimeMs, properties };
  return { id, organisationId, accountId, key, ...content };
}
