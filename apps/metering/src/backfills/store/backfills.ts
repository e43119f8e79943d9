import type { AccountId, MeterId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Collection, Db, Filter } from 'mongodb';
import { StaleCursorError } from '../../partitions/store/partitions';
import type { Backfill, BackfillPosition } from '../domain/backfill';

const BACKFILLS = 'backfills';

export const BACKFILL_INDEXES: readonly IndexSpec[] = [
  { collection: BACKFILLS, key: { organisationId: 1, profiles: 1 } },
  { collection: BACKFILLS, key: { organisationId: 1, complete: 1, eventName: 1 } },
  { collection: BACKFILLS, key: { complete: 1, organisationId: 1, _id: 1 } },
];

interface BackfillDoc {
  _id: string;
  organisationId: OrganisationId;
  meterId: MeterId;
  eventName: string;
  profiles: number[];
  /** By partition: the events at or below this sequence were stored before the profiles. */
  fences: { partition: number; seq: number }[];
  /** The last segment looked at; null before the first. */
  position: { accountId: AccountId; last: Date; first: Date; segmentId: string } | null;
  doneCount: number;
  totalCount: number;
  complete: boolean;
  /** When its first chunk began, and when its last one was done; null before the first. */
  startTime: Date | null;
  moveTime: Date | null;
  /** How often corrections were applied meanwhile: written by these, so that none overlaps with a chunk. */
  fenceCount: number;
}

/** What a chunk of a backfill changes about it. */
export interface BackfillStep {
  readonly position: BackfillPosition | undefined;
  readonly doneCount: number;
  readonly complete: boolean;
  /** When the chunk began, and when it was done. */
  readonly startTimeMs: number;
  readonly moveTimeMs: number;
}

function collection(db: Db): Collection<BackfillDoc> {
  return db.collection<BackfillDoc>(BACKFILLS);
}

/** Stores a new backfill, in the transaction that creates its profiles. */
export async function insertBackfill(
  db: Db,
  session: ClientSession,
  backfill: Backfill,
): Promise<void> {
  await collection(db).insertOne(toDoc(backfill), { session });
}

/** The first organisation after one, by id, with a backfill that is not complete. */
export async function nextBackfillOrganisation(
  db: Db,
  after: string,
): Promise<OrganisationId | undefined> {
  const filter = { complete: false, organisationId: { $gt: after as OrganisationId } };
  return (await firstRunning(db, filter))?.organisationId;
}

/** An organisation's first backfill after one, by id, that is not complete: the older ones first. */
export async function nextBackfillOf(
  db: Db,
  organisationId: OrganisationId,
  after: string,
): Promise<Backfill | undefined> {
  const doc = await firstRunning(db, { complete: false, organisationId, _id: { $gt: after } });
  return doc === null ? undefined : fromDoc(doc);
}

function firstRunning(db: Db, filter: Filter<BackfillDoc>): Promise<BackfillDoc | null> {
  return collection(db).findOne(filter, { sort: { organisationId: 1, _id: 1 } });
}

/**
 * The backfills of profiles (by their numbers) of an organisation. A profile without one has nothing to catch up on.
 */
export async function backfillsOf(
  db: Db,
  session: ClientSession | undefined,
  organisationId: OrganisationId,
  profiles: readonly number[],
): Promise<Backfill[]> {
  const filter = { organisationId, profiles: { $in: [...profiles] } };
  const docs = collection(db).find(filter, session === undefined ? {} : { session });
  return docs.map(fromDoc).toArray();
}

/** Moves a backfill on. Throws StaleCursorError when it is no longer where `from` has it. */
export async function moveBackfill(
  db: Db,
  session: ClientSession,
  from: Backfill,
  step: BackfillStep,
): Promise<void> {
  const { position, doneCount, complete, moveTimeMs } = step;
  const { matchedCount } = await collection(db).updateOne(
    { _id: from.id, complete: false, position: positionDoc(from.position) },
    {
      $set: {
        position: positionDoc(position),
        complete,
        startTime: new Date(from.startTimeMs ?? step.startTimeMs),
        moveTime: new Date(moveTimeMs),
      },
      $inc: { doneCount },
    },
    { session },
  );
  if (matchedCount === 0) throw new StaleCursorError(`Backfill ${from.id} has moved on.`);
}

/** Those backfills of an event name that are under way, whose profiles have not looked at every event. */
export async function runningBackfills(
  db: Db,
  session: ClientSession | undefined,
  organisationId: OrganisationId,
  eventName: string,
): Promise<Backfill[]> {
  const filter = { organisationId, eventName, complete: false };
  const options = session === undefined ? {} : { session };
  return collection(db).find(filter, options).map(fromDoc).toArray();
}

/**
 * Makes running backfills of an organisation collide with this transaction, where both would change what became of the
 * same events: what one of them has read, the other has not changed.
 */
export async function fenceBackfills(
  db: Db,
  session: ClientSession,
  organisationId: OrganisationId,
): Promise<void> {
  const filter = { organisationId, complete: false };
  await collection(db).updateMany(filter, { $inc: { fenceCount: 1 } }, { session });
}

function positionDoc(position: BackfillPosition | undefined): BackfillDoc['position'] {
  if (position === undefined) return null;
  const { accountId, lastMs, firstMs, id } = position;
  return { accountId, last: new Date(lastMs), first: new Date(firstMs), segmentId: id };
}

function toDoc({ id, profiles, ...backfill }: Backfill): BackfillDoc {
  const { fences, position, startTimeMs, moveTimeMs, ...rest } = backfill;
  return {
    _id: id,
    ...rest,
    profiles: [...profiles],
    fences: [...fences].map(([partition, seq]) => ({ partition, seq })),
    position: positionDoc(position),
    startTime: startTimeMs === undefined ? null : new Date(startTimeMs),
    moveTime: moveTimeMs === undefined ? null : new Date(moveTimeMs),
    fenceCount: 0,
  };
}

function fromDoc(doc: BackfillDoc): Backfill {
  const { _id, fences, position, startTime, moveTime, fenceCount: _count, ...rest } = doc;
  return {
    id: _id,
    ...rest,
    fences: new Map(fences.map(({ partition, seq }) => [partition, seq])),
    position:
      position === null
        ? undefined
        : {
            accountId: position.accountId,
            lastMs: position.last.getTime(),
            firstMs: position.first.getTime(),
            id: position.segmentId,
          },
    startTimeMs: startTime?.getTime(),
    moveTimeMs: moveTime?.getTime(),
  };
}
