import type { AccountId, MeterId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Collection, Db } from 'mongodb';
import type { Backfill, BackfillPosition } from '../domain/backfill';
import type { OutcomeState } from '../domain/outcome';
import { StaleCursorError } from './partitions';

const BACKFILLS = 'backfills';

export const BACKFILL_INDEXES: readonly IndexSpec[] = [
  { collection: BACKFILLS, key: { organisationId: 1, profiles: 1 } },
  { collection: BACKFILLS, key: { complete: 1, _id: 1 } },
];

interface BackfillDoc {
  _id: string;
  organisationId: OrganisationId;
  meterId: MeterId;
  eventName: string;
  profiles: number[];
  /** By partition: the events at or below this sequence were stored before the profiles. */
  fences: { partition: number; seq: number }[];
  /** The last event looked at; null before the first. */
  position: { accountId: AccountId; timestamp: Date; seq: number; index: number } | null;
  doneCount: number;
  totalCount: number;
  complete: boolean;
  /** How many events came to another end by it than the lanes have counted. They sum to zero. */
  moved: Record<OutcomeState, number>;
}

/** What a chunk of a backfill changes about it. */
export interface BackfillStep {
  readonly position: BackfillPosition | undefined;
  readonly doneCount: number;
  readonly complete: boolean;
  readonly moved: Readonly<Record<OutcomeState, number>>;
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
  const moved = { counted: 0, unusable: 0, filtered_out: 0, unmatched: 0 };
  await collection(db).insertOne({ ...toDoc(backfill), moved }, { session });
}

/** The oldest backfill that is not complete. */
export async function nextBackfill(db: Db): Promise<Backfill | undefined> {
  const doc = await collection(db).findOne({ complete: false }, { sort: { _id: 1 } });
  return doc === null ? undefined : fromDoc(doc);
}

/** The backfills of profiles (by their numbers) of an organisation. A profile without one has nothing to catch up on. */
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
  const { matchedCount } = await collection(db).updateOne(
    { _id: from.id, complete: false, position: positionDoc(from.position) },
    {
      $set: { position: positionDoc(step.position), complete: step.complete },
      $inc: {
        doneCount: step.doneCount,
        ...Object.fromEntries(Object.entries(step.moved).map(([k, n]) => [`moved.${k}`, n])),
      },
    },
    { session },
  );
  if (matchedCount === 0) throw new StaleCursorError(`Backfill ${from.id} has moved on.`);
}

/** How many events came to another end by backfills than the lanes have counted. */
export async function movedByBackfills(db: Db): Promise<Record<OutcomeState, number>> {
  const sum = { counted: 0, unusable: 0, filtered_out: 0, unmatched: 0 };
  for await (const { moved } of collection(db).find({}, { projection: { moved: 1 } })) {
    for (const state of Object.keys(sum) as OutcomeState[]) sum[state] += moved[state];
  }
  return sum;
}

function positionDoc(position: BackfillPosition | undefined): BackfillDoc['position'] {
  if (position === undefined) return null;
  const { accountId, timestampMs, seq, index } = position;
  return { accountId, timestamp: new Date(timestampMs), seq, index };
}

function toDoc({ id, fences, position, profiles, ...rest }: Backfill): Omit<BackfillDoc, 'moved'> {
  return {
    _id: id,
    ...rest,
    profiles: [...profiles],
    fences: [...fences].map(([partition, seq]) => ({ partition, seq })),
    position: positionDoc(position),
  };
}

function fromDoc(doc: BackfillDoc): Backfill {
  const { _id, fences, position, moved: _moved, ...rest } = doc;
  return {
    id: _id,
    ...rest,
    fences: new Map(fences.map(({ partition, seq }) => [partition, seq])),
    position:
      position === null
        ? undefined
        : {
            accountId: position.accountId,
            timestampMs: position.timestamp.getTime(),
            seq: position.seq,
            index: position.index,
          },
  };
}
