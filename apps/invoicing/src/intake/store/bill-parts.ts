import type { BillId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import { Binary, MaxKey, type Db, type Filter } from 'mongodb';

interface PartKey {
  organisationId: OrganisationId;
  billId: string;
  part: number;
}

interface PartDoc {
  _id: PartKey;
  data: Binary;
}

/** The collection `bill_parts`: messages of bills whose other parts have not come yet. */
export interface BillPartStore {
  /** Doing it again keeps the first. */
  add(
    organisationId: OrganisationId,
    billId: BillId,
    part: number,
    data: Uint8Array,
  ): Promise<void>;
  /** The messages of a bill, by part. */
  of(organisationId: OrganisationId, billId: BillId): Promise<Uint8Array[]>;
  remove(organisationId: OrganisationId, billId: BillId): Promise<void>;
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
    async add(organisationId, billId, part, data) {
      const _id = { organisationId, billId, part };
      await collection.updateOne(
        { _id },
        { $setOnInsert: { data: new Binary(data) } },
        { upsert: true },
      );
    },
    async of(organisationId, billId) {
      const docs = collection.find(ofBill(organisationId, billId)).sort({ _id: 1 });
      return (await docs.toArray()).map(({ data }) => new Uint8Array(data.buffer));
    },
    async remove(organisationId, billId) {
      await collection.deleteMany(ofBill(organisationId, billId));
    },
  };
}

function ofBill(organisationId: OrganisationId, billId: BillId): Filter<PartDoc> {
  const bill = { organisationId, billId };
  return {
    _id: { $gte: { ...bill, part: 0 }, $lt: { ...bill, part: new MaxKey() } },
  } as unknown as Filter<PartDoc>;
}
