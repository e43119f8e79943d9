import type { AccountId, MeterId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import { ObjectId, type ClientSession, type Collection, type Db } from 'mongodb';
import type { ChangedAccount, ChangedMeter } from '../domain/changed-usage';
import { markPast, type PastWriter } from './past-marks';

const USAGE_CHANGES = 'usage_changes';

export const USAGE_CHANGE_INDEXES: readonly IndexSpec[] = [
  { collection: USAGE_CHANGES, key: { partition: 1 } },
];

/**
 * What a transaction has changed in the past, until it is told. Each inserts a document of its own, so that none waits
 * for another or for who tells it.
 */
interface UsageChangesDoc {
  _id: ObjectId;
  /** Of the accounts; of what every account's usage is changed by, `EVERY_PARTITION`. */
  partition: number;
  /** ChangedEntry[] as JSON, which is read and written much faster than BSON. */
  accounts?: string;
  meter?: { organisationId: OrganisationId; meterId: MeterId; startTime: Date; endTime: Date };
}

type ChangedEntry = [
  organisationId: OrganisationId,
  accountId: AccountId,
  spans: [startMs: number, endMs: number][],
];

/** Stands for all of them. */
export const EVERY_PARTITION = -1;

/** What waits to be told. */
export interface UntoldChanges {
  readonly id: string;
  readonly accounts: readonly ChangedAccount[];
  readonly meter?: ChangedMeter;
}

function collection(db: Db): Collection<UsageChangesDoc> {
  return db.collection<UsageChangesDoc>(USAGE_CHANGES);
}

/** Keeps what accounts of a partition are to be told of, and marks their past, in the transaction that changes it. */
export async function insertUsageChanges(
  db: Db,
  session: ClientSession,
  of: { readonly partition: number; readonly writer: PastWriter },
  changed: readonly ChangedAccount[],
): Promise<void> {
  if (changed.length === 0) return;
  const entries = changed.map(({ organisationId, accountId, spans }): ChangedEntry => [
    organisationId,
    accountId,
    spans.map(({ startMs, endMs }) => [startMs, endMs]),
  ]);
  const { partition } = of;
  const doc = { _id: new ObjectId(), partition, accounts: JSON.stringify(entries) };
  await collection(db).insertOne(doc, { session });
  await markPast(db, session, of, changed);
}

/** Keeps that the usage of every account by a meter has changed. */
export async function insertMeterChange(
  db: Db,
  session: ClientSession,
  { organisationId, meterId, span }: ChangedMeter,
): Promise<void> {
  const { startMs, endMs } = span;
  const meter = {
    ...{ organisationId, meterId },
    ...{ startTime: new Date(startMs), endTime: new Date(endMs) },
  };
  await collection(db).insertOne(
    { _id: new ObjectId(), partition: EVERY_PARTITION, meter },
    { session },
  );
}

/** Some of what waits in partitions. */
export async function untoldChanges(
  db: Db,
  partitions: readonly number[],
  limit: number,
): Promise<UntoldChanges[]> {
  const filter = { partition: { $in: [...partitions] } };
  return collection(db).find(filter).limit(limit).map(fromDoc).toArray();
}

/** Forgets what was told. */
export async function deleteTold(db: Db, told: readonly UntoldChanges[]): Promise<void> {
  await collection(db).deleteMany({ _id: { $in: told.map(({ id }) => new ObjectId(id)) } });
}

/** How many transactions' changes wait. */
export function countUntold(db: Db): Promise<number> {
  return collection(db).estimatedDocumentCount();
}

function fromDoc({ _id, accounts = '[]', meter }: UsageChangesDoc): UntoldChanges {
  const entries = JSON.parse(accounts) as ChangedEntry[];
  return {
    id: _id.toHexString(),
    accounts: entries.map(([organisationId, accountId, spans]) => ({
      ...{ organisationId, accountId },
      spans: spans.map(([startMs, endMs]) => ({ startMs, endMs })),
    })),
    ...(meter && {
      meter: {
        ...{ organisationId: meter.organisationId, meterId: meter.meterId },
        span: { startMs: meter.startTime.getTime(), endMs: meter.endTime.getTime() },
      },
    }),
  };
}
