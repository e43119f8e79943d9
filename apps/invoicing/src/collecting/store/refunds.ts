import { assert } from '@billingrails/errors';
import type { OrganisationId, PaymentAttemptId, RefundId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';
import type { Refund } from '../domain/refund';

interface RefundDoc extends Omit<Refund, 'id' | 'amount' | 'refundMs' | 'createMs'> {
  _id: RefundId;
  currencyCode: string;
  minorUnits: string;
  refundTime: Date;
  createTime: Date;
  /** While the provider is still to be heard of it. */
  isOpen?: true;
}

/** Which refunds, the newest first. */
export interface RefundQuery {
  readonly accountId?: string;
  readonly paymentId?: string;
  /** Only what comes after it in the list. */
  readonly afterId?: string;
  readonly limit: number;
}

/** The collection `refunds`. */
export interface RefundStore {
  insert(refund: Refund, session: ClientSession): Promise<void>;
  replace(refund: Refund, session: ClientSession): Promise<void>;
  /** Notes that the provider has failed to make it in its turn. */
  nextTurn(refund: Refund): Promise<void>;
  list(organisationId: OrganisationId, query: RefundQuery): Promise<Refund[]>;
  /** All of what one attempt took. */
  ofAttempt(
    organisationId: OrganisationId,
    attemptId: PaymentAttemptId,
    session?: ClientSession,
  ): Promise<Refund[]>;
  /** Whether the outcome of any is not known. */
  anyOpen(organisationId: OrganisationId, session: ClientSession): Promise<boolean>;
}

const REFUNDS = 'refunds';

/** The lists, those of an attempt, and what is open. */
export const REFUND_INDEXES = [
  { collection: REFUNDS, key: { organisationId: 1, _id: -1 } },
  { collection: REFUNDS, key: { organisationId: 1, accountId: 1, _id: -1 } },
  { collection: REFUNDS, key: { organisationId: 1, paymentId: 1, _id: -1 } },
  { collection: REFUNDS, key: { organisationId: 1, attemptId: 1 } },
  {
    collection: REFUNDS,
    key: { organisationId: 1, isOpen: 1 },
    partialFilterExpression: { isOpen: true },
  },
] as const satisfies readonly IndexSpec[];

/** Opens the refunds. */
export function refundStore(db: Db): RefundStore {
  const collection = db.collection<RefundDoc>(REFUNDS);
  return {
    async insert(refund, session) {
      await collection.insertOne(toDoc(refund), { session });
    },
    async replace(refund, session) {
      const { _id, organisationId, ...doc } = toDoc(refund);
      const { matchedCount } = await collection.replaceOne(
        { _id, organisationId },
        { organisationId, ...doc },
        { session },
      );
      assert(matchedCount === 1, 'a refund was there when it was read');
    },
    async nextTurn({ id, organisationId, turn = 0 }) {
      await collection.updateOne({ _id: id, organisationId }, { $max: { turn: turn + 1 } });
    },
    async list(organisationId, { accountId, paymentId, afterId, limit }) {
      const filter = {
        organisationId,
        ...(accountId === undefined ? {} : { accountId }),
        ...(paymentId === undefined ? {} : { paymentId }),
        ...(afterId === undefined ? {} : { _id: { $lt: afterId } }),
      } as Filter<RefundDoc>;
      const docs = await collection.find(filter).sort({ _id: -1 }).limit(limit).toArray();
      return docs.map(fromDoc);
    },
    async ofAttempt(organisationId, attemptId, session) {
      const docs = await collection
        .find({ organisationId, attemptId }, session && { session })
        .toArray();
      return docs.map(fromDoc);
    },
    async anyOpen(organisationId, session) {
      const filter = { organisationId, isOpen: true } as const;
      const options = { projection: { _id: 1 }, session } as const;
      return (await collection.findOne(filter, options)) !== null;
    },
  };
}

function toDoc({ id, amount, refundMs, createMs, ...rest }: Refund): RefundDoc {
  return {
    _id: id,
    ...rest,
    currencyCode: amount.currencyCode,
    minorUnits: amount.minorUnits.toString(),
    refundTime: dateOf(refundMs),
    createTime: dateOf(createMs),
    ...((rest.state === 'started' || rest.state === 'pending') && { isOpen: true as const }),
  };
}

function fromDoc(doc: RefundDoc): Refund {
  const { _id, currencyCode, minorUnits, refundTime, createTime, isOpen: _open, ...rest } = doc;
  const amount = { currencyCode, minorUnits: BigInt(minorUnits) };
  return { id: _id, ...rest, amount, refundMs: msOf(refundTime), createMs: msOf(createTime) };
}
