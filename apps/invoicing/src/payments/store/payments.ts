import { assert } from '@billingrails/errors';
import type {
  AccountId,
  InvoiceId,
  OrganisationId,
  PaymentAttemptId,
  PaymentId,
} from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';
import { inTime, type TimeQuery } from '../../store/by-time';
import type { Payment, PaymentDispute } from '../domain/payment';

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
  attemptId?: PaymentAttemptId;
  /** Unset: nothing. */
  refunded?: string;
  /** Unset: none. */
  disputes?: DisputeDoc[];
  /** As the only one was kept before a payment could have several. */
  dispute?: DisputeDoc;
}

interface DisputeDoc extends Omit<PaymentDispute, 'amount' | 'openMs' | 'lost'> {
  currencyCode: string;
  minorUnits: string;
  openTime: Date;
  lost?: string;
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
  /** By their receive times, the oldest first, at most so many. */
  inTime(organisationId: OrganisationId, query: TimeQuery, limit: number): Promise<Payment[]>;
  countInTime(organisationId: OrganisationId, query: TimeQuery): Promise<number>;
  insert(payment: Payment, session: ClientSession): Promise<void>;
  /** Notes the reversal of one that was not reversed. */
  reverse(payment: Payment, session: ClientSession): Promise<void>;
  /** Notes what was paid back of it, and how its disputes stand. */
  update(payment: Payment, session: ClientSession): Promise<void>;
  find(
    organisationId: OrganisationId,
    id: PaymentId,
    session?: ClientSession,
  ): Promise<Payment | undefined>;
  list(
    organisationId: OrganisationId,
    query: PaymentQuery,
    session?: ClientSession,
  ): Promise<Payment[]>;
}

const PAYMENTS = 'payments';

/** The lists. */
export const PAYMENT_INDEXES = [
  { collection: PAYMENTS, key: { organisationId: 1, _id: -1 } },
  { collection: PAYMENTS, key: { organisationId: 1, receiveTime: 1, _id: 1, accountId: 1 } },
  { collection: PAYMENTS, key: { organisationId: 1, accountId: 1, _id: -1 } },
  { collection: PAYMENTS, key: { organisationId: 1, 'allocations.invoiceId': 1, _id: -1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the payments. */
export function paymentStore(db: Db): PaymentStore {
  const collection = db.collection<PaymentDoc>(PAYMENTS);
  return {
    async inTime(organisationId, query, limit) {
      const found = collection.find(inTime(organisationId, 'receiveTime', query));
      const docs = await found.sort({ receiveTime: 1, _id: 1 }).limit(limit).toArray();
      return docs.map(fromDoc);
    },
    async countInTime(organisationId, query) {
      return collection.countDocuments(inTime(organisationId, 'receiveTime', query));
    },
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
    async update({ id, organisationId, refunded, disputes }, session) {
      const { matchedCount } = await collection.updateOne(
        { _id: id, organisationId },
        {
          $set: {
            refunded: refunded.toString(),
            ...disputesToDoc(disputes),
          },
        },
        { session },
      );
      assert(matchedCount === 1, 'a payment was there when it was read');
    },
    async find(organisationId, id, session) {
      const doc = await collection.findOne({ _id: id, organisationId }, session && { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async list(organisationId, { accountId, invoiceId, afterId, limit }, session) {
      const filter = {
        organisationId,
        ...(accountId === undefined ? {} : { accountId }),
        ...(invoiceId === undefined ? {} : { 'allocations.invoiceId': invoiceId }),
        ...(afterId === undefined ? {} : { _id: { $lt: afterId } }),
      } as Filter<PaymentDoc>;
      const found = collection.find(filter, session && { session });
      const docs = await found.sort({ _id: -1 }).limit(limit).toArray();
      return docs.map(fromDoc);
    },
  };
}

function toDoc(payment: Payment) {
  const { id, amount, receiveMs, createMs, allocations, reversal, ...others } = payment;
  const { refunded, disputes, ...rest } = others;
  const doc: PaymentDoc = {
    _id: id,
    ...rest,
    currencyCode: amount.currencyCode,
    minorUnits: amount.minorUnits.toString(),
    receiveTime: dateOf(receiveMs),
    createTime: dateOf(createMs),
    allocations: allocations.map((each) => ({ ...each, minorUnits: each.minorUnits.toString() })),
    ...(reversal && { reverseTime: dateOf(reversal.atMs), reversalReason: reversal.reason }),
    ...(refunded === 0n ? {} : { refunded: refunded.toString() }),
    ...disputesToDoc(disputes),
  };
  return doc;
}

function fromDoc(doc: PaymentDoc): Payment {
  const { _id, currencyCode, minorUnits, receiveTime, createTime, ...others } = doc;
  const {
    allocations,
    reverseTime,
    reversalReason,
    refunded = '0',
    dispute,
    disputes = dispute === undefined ? [] : [oldDispute(doc, dispute)],
    ...rest
  } = others;
  return {
    id: _id,
    ...rest,
    amount: { currencyCode, minorUnits: BigInt(minorUnits) },
    receiveMs: msOf(receiveTime),
    createMs: msOf(createTime),
    allocations: allocations.map((each) => ({ ...each, minorUnits: BigInt(each.minorUnits) })),
    ...(reverseTime && { reversal: { atMs: msOf(reverseTime), reason: reversalReason ?? '' } }),
    refunded: BigInt(refunded),
    disputes: disputes.map(disputeFromDoc),
  };
}

/** One that was lost had taken back what it asked for, as far as that was not refunded. */
function oldDispute({ minorUnits, refunded = '0' }: PaymentDoc, dispute: DisputeDoc): DisputeDoc {
  if (dispute.state !== 'lost') return dispute;
  const [rest, asked] = [BigInt(minorUnits) - BigInt(refunded), BigInt(dispute.minorUnits)];
  return { ...dispute, lost: (asked < rest ? asked : rest).toString() };
}

function disputesToDoc(disputes: readonly PaymentDispute[]): Pick<PaymentDoc, 'disputes'> {
  return disputes.length === 0 ? {} : { disputes: disputes.map(disputeToDoc) };
}

function disputeToDoc({ amount, openMs, lost, ...dispute }: PaymentDispute): DisputeDoc {
  const { currencyCode, minorUnits } = amount;
  return {
    ...dispute,
    ...{ currencyCode, minorUnits: minorUnits.toString(), openTime: dateOf(openMs) },
    ...(lost === undefined ? {} : { lost: lost.toString() }),
  };
}

function disputeFromDoc(doc: DisputeDoc): PaymentDispute {
  const { currencyCode, minorUnits, openTime, lost, ...dispute } = doc;
  return {
    ...{ ...dispute, amount: { currencyCode, minorUnits: BigInt(minorUnits) } },
    openMs: msOf(openTime),
    ...(lost === undefined ? {} : { lost: BigInt(lost) }),
  };
}
