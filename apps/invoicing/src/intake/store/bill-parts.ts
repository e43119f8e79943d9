import type { BillId, JointId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import { Binary, MaxKey, type Db, type Filter } from 'mongodb';

interface PartKey {
  organisationId: OrganisationId;
  key: string;
  part: number;
}

interface PartDoc {
  _id: PartKey;
  data: Binary;
}

/** What the parts of an invoice have in common: those of a bill, or of bills together. */
export interface PartsKey {
  readonly organisationId: OrganisationId;
  readonly key: BillId | JointId;
}

/** The collection `bill_parts`: messages of invoices whose other parts have not come yet. */
export interface BillPartStore {
  /** Doing it again keeps the first. */
  add(
    parts: readonly (PartsKey & { readonly part: number; readonly data: Uint8Array })[],
  ): Promise<void>;
  /** All messages with one of the keys. */
  of(keys: readonly PartsKey[]): Promise<Uint8Array[]>;
  remove(keys: readonly PartsKey[]): Promise<void>;
}

const BILL_PARTS = 'bill_parts';

/** Found by `_id` only. */
export const BILL_PART_INDEXES = [
  { collection: BILL_PARTS },
] as const satisfies readonly IndexSpec[];

/** Opens the parts. */
export function billPartStore(db: Db): BillPartStore {
  const collection = db.collection<PartDoc>(BILL_PARTS);
  return {
    async add(parts) {
      if (parts.length === 0) return;
      const writes = parts.map(({ organisationId, key, part, data }) => {
        const filter = { _id: { organisationId, key, part } };
        const update = { $setOnInsert: { data: new Binary(data) } };
        return { updateOne: { filter, update, upsert: true } };
      });
      await collection.bulkWrite(writes, { ordered: false });
    },
    async of(keys) {
      if (keys.length === 0) return [];
      const docs = await collection.find(withKeys(keys)).toArray();
      return docs.map(({ data }) => new Uint8Array(data.buffer));
    },
    async remove(keys) {
      if (keys.length > 0) await collection.deleteMany(withKeys(keys));
    },
  };
}

function withKeys(keys: readonly PartsKey[]): Filter<PartDoc> {
  const spans = keys.map(({ organisationId, key }) => {
    const parts = { organisationId, key };
    return { _id: { $gte: { ...parts, part: 0 }, $lt: { ...parts, part: new MaxKey() } } };
  });
  return { $or: spans } as unknown as Filter<PartDoc>;
}
