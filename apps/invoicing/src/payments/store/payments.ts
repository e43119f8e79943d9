import { assert } from '@billingrails/errors';
import type { AccountId, InvoiceId, OrganisationId, PaymentId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';
import type { Payment } from '../domain/payment';

/** Minor units are text, which keeps every digit. */
interface PaymentDoc {
  _id: PaymentId;
  organisationId: OrganisationId;
  accountId: AccountId;
  currencyCode: string;
  minorUnits: string;
  method: string;
  reference: string;
  receiveTime: Date;
  createTime: Date;
  allocations: { invoiceId: InvoiceId; invoiceNumber: string; minorUnits: string }[];
  reverseTime?: Date;
  reversalReason?: string;
}

/** Which payments, the last recorded first. */
export interface PaymentQuery {
  readonly accountId?: string;
  readonly invoiceId?: string;
  /** Only what comes after it in the list. */
  readonly afterId?: string;
  readonly limit: number;
}

/** The collection `payments`. */
export interface PaymentStore {
  insert(payment: Payment, session: ClientSession): Promise<void>;
  /** Notes the reversal of one that was not reversed. */
  reverse(payment: Payment, session: ClientSession): Promise<void>;
  find(
    organisationId: OrganisationId,
    id: PaymentId,
    session?: ClientSession,
  ): Promise<Payment | undefined>;
  list(organisationId: OrganisationId, query: PaymentQuery): Promise<Payment[]>;
}

const PAYMENTS = 'payments';

/** The lists. */
export const PAYMENT_INDEXES = [
  { collection: PAYMENTS, key: { organisationId: 1, _id: -1 } },
  { collection: PAYMENTS, key: { organisationId: 1, accountId: 1, _id: -1 } },
  { collection: PAYMENTS, key: { organisationId: 1, 'allocations.invoiceId': 1, _id: -1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the payments. */
export function paymentStore(db: Db): PaymentStore {
  const collection = db.collection<PaymentDoc>(PAYMENTS);
  return {
    async insert(payment, session) {
      await collection.insertOne(toDoc(payment), { session });
    },
    async reverse({ id, organisationId, reversal }, session) {
      assert(reversal !== undefined, 'a reversed payment says when and why');
      const { matchedCount } = await collection.updateOne(
        { _id: id, organisationId, reverseTime: { $exists: false } },
        { $set: { reverseTime: dateOf(reversal.atMs), reversalReason: reversal.reason } },
        { session },
      );
      assert(matchedCount === 1, 'a payment is reversed once');
    },
    async find(organisationId, id, session) {
      const doc = await collection.findOne({ _id: id, organisationId }, session && { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async list(organisationId, { accountId, invoiceId, afterId, limit }) {
      const filter = {
        organisationId,
        ...(accountId === undefined ? {} : { accountId }),
        ...(invoiceId === undefined ? {} : { 'allocations.invoiceId': invoiceId }),
        ...(afterId === undefined ? {} : { _id: { $lt: afterId } }),
      } as Filter<PaymentDoc>;
      const docs = await collection.find(filter).sort({ _id: -1 }).limit(limit).toArray();
      return docs.map(fromDoc);
    },
  };
}

function toDoc({ id, amount, receiveMs, createMs, allocations, reversal, ...rest }: Payment) {
  const doc: PaymentDoc = {
    _id: id,
    ...rest,
    currencyCode: amount.currencyCode,
    minorUnits: amount.minorUnits.toString(),
    receiveTime: dateOf(receiveMs),
    createTime: dateOf(createMs),
    allocations: allocations.map((each) => ({ ...each, minorUnits: each.minorUnits.toString() })),
    ...(reversal && { reverseTime: dateOf(reversal.atMs), reversalReason: reversal.reason }),
  };
  return doc;
}

function fromDoc(doc: PaymentDoc): Payment {
  const { _id, currencyCode, minorUnits, receiveTime, createTime, ...others } = doc;
  const { allocations, reverseTime, reversalReason, ...rest } = others;
  return {
    id: _id,
    ...rest,
    amount: { currencyCode, minorUnits: BigInt(minorUnits) },
    receiveMs: msOf(receiveTime),
    createMs: msOf(createTime),
    allocations: allocations.map((each) => ({ ...each, minorUnits: BigInt(each.minorUnits) })),
    ...(reverseTime && { reversal: { atMs: msOf(reverseTime), reason: reversalReason ?? '' } }),
  };
}
