import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db, Filter } from 'mongodb';
import type { AuditRecord } from '../domain/audit-record';

const COLLECTION = 'audit_records';

/** Each list is an index read backwards; the first of them keeps a sequence from being given twice. */
export const AUDIT_RECORD_INDEXES: readonly IndexSpec[] = [
  { collection: COLLECTION, key: { organisationId: 1, sequence: 1 }, unique: true },
  { collection: COLLECTION, key: { organisationId: 1, time: 1, sequence: 1 } },
  { collection: COLLECTION, key: { organisationId: 1, 'actor.keyId': 1, time: 1, sequence: 1 } },
  { collection: COLLECTION, key: { organisationId: 1, method: 1, time: 1, sequence: 1 } },
  { collection: COLLECTION, key: { organisationId: 1, objectId: 1, time: 1, sequence: 1 } },
];

interface AuditRecordDoc extends Omit<AuditRecord, 'id' | 'timeMs'> {
  _id: string;
  readonly time: Date;
}

/** Which records are listed. */
export interface AuditFilter {
  readonly startMs?: number;
  readonly endMs?: number;
  readonly keyId?: string;
  readonly method?: string;
  readonly objectId?: string;
}

/** A place in a list: that of its last record. */
export interface AuditPlace {
  readonly timeMs: number;
  readonly sequence: number;
}

/** The records of all chains. They are inserted, and nothing else. */
export interface AuditRecordStore {
  insertMany(records: readonly AuditRecord[], session: ClientSession): Promise<void>;
  /** Which of the ids an organisation has. */
  known(
    organisationId: OrganisationId,
    ids: readonly string[],
    session: ClientSession,
  ): Promise<ReadonlySet<string>>;
  find(organisationId: OrganisationId, id: string): Promise<AuditRecord | undefined>;
  /** Newest first, those after a place. */
  list(
    organisationId: OrganisationId,
    filter: AuditFilter,
    slice: { readonly after?: AuditPlace; readonly limit: number },
  ): Promise<AuditRecord[]>;
  /** By sequence, from after one to another and that. */
  chain(
    organisationId: OrganisationId,
    from: { readonly afterSequence: number; readonly upTo?: number; readonly limit: number },
  ): Promise<AuditRecord[]>;
}

export function auditRecordStore(db: Db): AuditRecordStore {
  const collection = db.collection<AuditRecordDoc>(COLLECTION);
  return {
    async insertMany(records, session) {
      if (records.length > 0) await collection.insertMany(records.map(toDoc), { session });
    },
    async known(organisationId, ids, session) {
      const filter = { _id: { $in: [...ids] }, organisationId };
      const options = { session, projection: { _id: 1 } };
      const docs = await collection.find(filter, options).toArray();
      return new Set(docs.map(({ _id }) => _id));
    },
    async find(organisationId, id) {
      const doc = await collection.findOne({ _id: id, organisationId });
      return doc === null ? undefined : fromDoc(doc);
    },
    async list(organisationId, filter, { after, limit }) {
      const docs = await collection
        .find(listed(organisationId, filter, after))
        .sort({ time: -1, sequence: -1 })
        // The planner may take any of them where there is little to tell them by.
        .hint(indexOf(filter))
        .limit(limit)
        .toArray();
      return docs.map(fromDoc);
    },
    async chain(organisationId, { afterSequence, upTo, limit }) {
      const sequence = { $gt: afterSequence, ...(upTo !== undefined && { $lte: upTo }) };
      const found = collection.find({ organisationId, sequence }).sort({ sequence: 1 });
      return (await found.limit(limit).toArray()).map(fromDoc);
    },
  };
}

/** The index of what says most. */
function indexOf({ objectId, keyId, method }: AuditFilter): Record<string, 1> {
  const place = { time: 1, sequence: 1 } as const;
  if (objectId !== undefined) return { organisationId: 1, objectId: 1, ...place };
  if (keyId !== undefined) return { organisationId: 1, 'actor.keyId': 1, ...place };
  if (method !== undefined) return { organisationId: 1, method: 1, ...place };
  return { organisationId: 1, ...place };
}

function listed(
  organisationId: OrganisationId,
  { startMs, endMs, keyId, method, objectId }: AuditFilter,
  after: AuditPlace | undefined,
): Filter<AuditRecordDoc> {
  const time = {
    ...(startMs !== undefined && { $gte: dateOf(startMs) }),
    ...(endMs !== undefined && { $lt: dateOf(endMs) }),
    // Before the place, or at its time with a smaller sequence.
    ...(after !== undefined && { $lte: dateOf(after.timeMs) }),
  };
  const place = after && {
    $or: [{ time: { $lt: dateOf(after.timeMs) } }, { sequence: { $lt: after.sequence } }],
  };
  return {
    organisationId,
    ...(Object.keys(time).length > 0 && { time }),
    ...(keyId !== undefined && { 'actor.keyId': keyId }),
    ...(method !== undefined && { method }),
    ...(objectId !== undefined && { objectId }),
    ...place,
  };
}

function toDoc({ id, timeMs, ...rest }: AuditRecord): AuditRecordDoc {
  return { _id: id, ...rest, time: dateOf(timeMs) };
}

function fromDoc({ _id, time, ...rest }: AuditRecordDoc): AuditRecord {
  return { id: _id, ...rest, timeMs: msOf(time) };
}
