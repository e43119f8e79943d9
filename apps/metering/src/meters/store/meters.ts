import { notFound } from '@billingrails/errors';
import { parseId, type MeterId, type OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Collection, Db, Filter as DocFilter } from 'mongodb';
import type { Meter, MeterStatus } from '../domain/meter';
import type { Profile } from '../domain/profile';

const METERS = 'meters';

/** Ids rise with the time of creation, so lists in their order are oldest first. */
export const METER_INDEXES: readonly IndexSpec[] = [
  { collection: METERS, key: { organisationId: 1, _id: 1 } },
  { collection: METERS, key: { organisationId: 1, eventName: 1, _id: 1 } },
];

interface MeterDoc {
  _id: MeterId;
  organisationId: OrganisationId;
  name: string;
  eventName: string;
  status: MeterStatus;
  accountProperty: string;
  profiles: ProfileDoc[];
  defaultProfile: string;
  createTime: Date;
  updateTime: Date;
}

interface ProfileDoc extends Omit<Profile, 'effectiveFromMs' | 'createTimeMs'> {
  effectiveFrom?: Date;
  createTime: Date;
}

/** Which meters a list shows. */
export interface MeterListing {
  readonly organisationId: OrganisationId;
  /** Empty for all. */
  readonly eventName: string;
  readonly includeArchived: boolean;
  /** The last of the page before; empty for the first page. */
  readonly after: string;
}

function collection(db: Db): Collection<MeterDoc> {
  return db.collection<MeterDoc>(METERS);
}

/** Stores a new meter. */
export async function insertMeter(db: Db, session: ClientSession, meter: Meter): Promise<void> {
  await collection(db).insertOne(toDoc(meter), { session });
}

/** Stores a changed meter. */
export async function replaceMeter(db: Db, session: ClientSession, meter: Meter): Promise<void> {
  const { _id, ...doc } = toDoc(meter);
  await collection(db).replaceOne({ _id, organisationId: meter.organisationId }, doc, { session });
}

/** The meter. Throws `not_found` when there is none of that id, or it is another organisation's. */
export async function getMeter(
  db: Db,
  session: ClientSession | undefined,
  organisationId: OrganisationId,
  meterId: string,
): Promise<Meter> {
  const _id = parseId('mtr', meterId);
  const doc = _id && (await collection(db).findOne({ _id, organisationId }, optionsOf(session)));
  if (!doc) throw notFound('METER_NOT_FOUND', `There is no meter "${meterId}".`);
  return fromDoc(doc);
}

/** The first `limit` meters of a listing, oldest first. */
export async function listMeters(
  db: Db,
  { organisationId, eventName, includeArchived, after }: MeterListing,
  limit: number,
): Promise<Meter[]> {
  const filter: DocFilter<MeterDoc> = {
    organisationId,
    ...(eventName === '' ? {} : { eventName }),
    ...(includeArchived ? {} : { status: 'active' }),
    ...(after === '' ? {} : { _id: { $gt: after as MeterId } }),
  };
  const docs = await collection(db).find(filter).sort({ _id: 1 }).limit(limit).toArray();
  return docs.map(fromDoc);
}

/** All meters of an organisation, archived ones too; with an event name only those that look at it. */
export async function metersOf(
  db: Db,
  session: ClientSession | undefined,
  organisationId: OrganisationId,
  eventName?: string,
): Promise<Meter[]> {
  const filter = { organisationId, ...(eventName === undefined ? {} : { eventName }) };
  const docs = await collection(db).find(filter, optionsOf(session)).sort({ _id: 1 }).toArray();
  return docs.map(fromDoc);
}

/** An event name that meters look at. */
export interface MeteredName {
  readonly organisationId: OrganisationId;
  readonly eventName: string;
}

/** Every event name that any meter looks at, each once. */
export async function* meteredNames(db: Db): AsyncGenerator<MeteredName> {
  const projection = { _id: 0, organisationId: 1, eventName: 1 };
  const names = collection(db).find({}, { projection }).sort({ organisationId: 1, eventName: 1 });
  let last: MeteredName | undefined;
  for await (const { organisationId, eventName } of names) {
    if (last?.organisationId === organisationId && last.eventName === eventName) continue;
    last = { organisationId, eventName };
    yield last;
  }
}

function optionsOf(session: ClientSession | undefined): { session?: ClientSession } {
  return session === undefined ? {} : { session };
}

function toDoc({ id, createTimeMs, updateTimeMs, profiles, ...meter }: Meter): MeterDoc {
  return {
    _id: id,
    ...meter,
    profiles: profiles.map(toProfileDoc),
    createTime: new Date(createTimeMs),
    updateTime: new Date(updateTimeMs),
  };
}

function fromDoc({ _id, createTime, updateTime, profiles, ...meter }: MeterDoc): Meter {
  return {
    id: _id,
    ...meter,
    profiles: profiles.map(fromProfileDoc),
    createTimeMs: createTime.getTime(),
    updateTimeMs: updateTime.getTime(),
  };
}

function toProfileDoc({ createTimeMs, effectiveFromMs, filter, ...profile }: Profile): ProfileDoc {
  return {
    ...profile,
    ...(filter && { filter }),
    ...(effectiveFromMs === undefined ? {} : { effectiveFrom: new Date(effectiveFromMs) }),
    createTime: new Date(createTimeMs),
  };
}

function fromProfileDoc({ createTime, effectiveFrom, ...profile }: ProfileDoc): Profile {
  return {
    ...profile,
    effectiveFromMs: effectiveFrom?.getTime(),
    createTimeMs: createTime.getTime(),
  };
}
