import { assert } from '@billingrails/errors';
import type { OrganisationId, PaymentAttemptId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';
import { isOpen, type PaymentAttempt } from '../domain/collection';

interface AttemptDoc extends Omit<PaymentAttempt, 'id' | 'amount' | 'dueMs' | 'createMs'> {
  _id: PaymentAttemptId;
  currencyCode: string;
  minorUnits: string;
  dueTime: Date;
  createTime: Date;
  /** When the provider is asked next, by the server's clock; unset: not until something is heard. */
  askTime?: Date;
  /** While its outcome is not known. */
  isOpen?: true;
}

/** Which attempts, the newest first. */
export interface AttemptQuery {
  readonly accountId?: string;
  readonly invoiceId?: string;
  /** Only what comes after it in the list. */
  readonly afterId?: string;
  readonly limit: number;
}

export type AttemptName = Pick<PaymentAttempt, 'id' | 'organisationId'>;

/** The collection `payment_attempts`. */
export interface AttemptStore {
  /** `askMs`: when the provider is asked for the first time; unset for one that failed without it. */
  insert(attempt: PaymentAttempt, askMs: number | undefined, session: ClientSession): Promise<void>;
  /** Writes what is known by now, and when to ask next; unset: not until something is heard. */
  replace(
    attempt: PaymentAttempt,
    askMs: number | undefined,
    session: ClientSession,
  ): Promise<void>;
  find(
    organisationId: OrganisationId,
    id: PaymentAttemptId,
    session?: ClientSession,
  ): Promise<PaymentAttempt | undefined>;
  list(organisationId: OrganisationId, query: AttemptQuery): Promise<PaymentAttempt[]>;
  /** Those that the provider is to be asked about by now, who waits longest first. */
  toAsk(nowMs: number, limit: number): Promise<AttemptName[]>;
  /** Takes one of them until then: nobody else takes it. Undefined: somebody has. */
  claim(name: AttemptName, nowMs: number, untilMs: number): Promise<PaymentAttempt | undefined>;
  /** Keeps what takes the money. False: another id was kept first, which stands. */
  keepIntent(attempt: PaymentAttempt, intentId: string): Promise<boolean>;
  /** Notes that the provider could not be asked. */
  askLater(attempt: PaymentAttempt, askMs: number): Promise<void>;
  /** Has the provider asked now about what an attempt or an intent became. */
  hear(
    organisationId: OrganisationId,
    of: { readonly id: PaymentAttemptId } | { readonly intentId: string },
    nowMs: number,
    session: ClientSession,
  ): Promise<void>;
  /** Whether the outcome of any is not known. */
  anyOpen(organisationId: OrganisationId, session: ClientSession): Promise<boolean>;
  /** How many are waiting for an outcome, of all organisations. */
  countOpen(): Promise<number>;
}

const ATTEMPTS = 'payment_attempts';

/** The lists; who is to be asked; an intent's attempt; what is open. */
export const ATTEMPT_INDEXES = [
  { collection: ATTEMPTS, key: { organisationId: 1, _id: -1 } },
  { collection: ATTEMPTS, key: { organisationId: 1, accountId: 1, _id: -1 } },
  { collection: ATTEMPTS, key: { organisationId: 1, invoiceId: 1, _id: -1 } },
  {
    collection: ATTEMPTS,
    key: { askTime: 1 },
    partialFilterExpression: { askTime: { $exists: true } },
  },
  {
    collection: ATTEMPTS,
    key: { organisationId: 1, intentId: 1 },
    partialFilterExpression: { intentId: { $exists: true } },
  },
  {
    collection: ATTEMPTS,
    key: { organisationId: 1, isOpen: 1 },
    partialFilterExpression: { isOpen: true },
  },
  { collection: ATTEMPTS, key: { isOpen: 1 }, partialFilterExpression: { isOpen: true } },
] as const satisfies readonly IndexSpec[];

/** Opens the attempts. */
export function attemptStore(db: Db): AttemptStore {
  const collection = db.collection<AttemptDoc>(ATTEMPTS);
  return {
    async insert(attempt, askMs, session) {
      await collection.insertOne(toDoc(attempt, askMs), { session });
    },
    async replace(attempt, askMs, session) {
      const { _id, organisationId, ...doc } = toDoc(attempt, askMs);
      const { matchedCount } = await collection.replaceOne(
        { _id, organisationId },
        { organisationId, ...doc },
        { session },
      );
      assert(matchedCount === 1, 'an attempt was there when it was read');
    },
    async find(organisationId, id, session) {
      const doc = await collection.findOne({ _id: id, organisationId }, session && { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async list(organisationId, { accountId, invoiceId, afterId, limit }) {
      const filter = {
        organisationId,
        ...(accountId === undefined ? {} : { accountId }),
        ...(invoiceId === undefined ? {} : { invoiceId }),
        ...(afterId === undefined ? {} : { _id: { $lt: afterId } }),
      } as Filter<AttemptDoc>;
      const docs = await collection.find(filter).sort({ _id: -1 }).limit(limit).toArray();
      return docs.map(fromDoc);
    },
    async toAsk(nowMs, limit) {
      const docs = await collection
        .find({ askTime: { $lte: dateOf(nowMs) } }, { projection: { organisationId: 1 } })
        .sort({ askTime: 1 })
        .limit(limit)
        .toArray();
      return docs.map(({ _id, organisationId }) => ({ id: _id, organisationId }));
    },
    async claim({ id, organisationId }, nowMs, untilMs) {
      const doc = await collection.findOneAndUpdate(
        { _id: id, organisationId, askTime: { $lte: dateOf(nowMs) } },
        { $set: { askTime: dateOf(untilMs) } },
        { returnDocument: 'after' },
      );
      return doc === null ? undefined : fromDoc(doc);
    },
    async keepIntent({ id, organisationId }, intentId) {
      const { matchedCount } = await collection.updateOne(
        { _id: id, organisationId, intentId: { $exists: false } },
        { $set: { intentId } },
        { writeConcern: { w: 'majority', journal: true } },
      );
      return matchedCount === 1;
    },
    async askLater({ id, organisationId, problem }, askMs) {
      await collection.updateOne(
        { _id: id, organisationId },
        { $set: { askTime: dateOf(askMs), ...(problem && { problem }) }, $inc: { asks: 1 } },
      );
    },
    async hear(organisationId, of, nowMs, session) {
      await collection.updateOne(
        { organisationId, ...('id' in of ? { _id: of.id } : of) },
        { $set: { askTime: dateOf(nowMs), asks: 0 }, $inc: { heard: 1 } },
        { session },
      );
    },
    async anyOpen(organisationId, session) {
      const filter = { organisationId, isOpen: true } as const;
      const options = { projection: { _id: 1 }, session } as const;
      return (await collection.findOne(filter, options)) !== null;
    },
    countOpen: () => collection.countDocuments({ isOpen: true }, { hint: { isOpen: 1 } }),
  };
}

function toDoc(attempt: PaymentAttempt, askMs: number | undefined): AttemptDoc {
  const { id, amount, dueMs, createMs, ...rest } = attempt;
  return {
    _id: id,
    ...rest,
    currencyCode: amount.currencyCode,
    minorUnits: amount.minorUnits.toString(),
    dueTime: dateOf(dueMs),
    createTime: dateOf(createMs),
    ...(askMs !== undefined && { askTime: dateOf(askMs) }),
    ...(isOpen(attempt) && { isOpen: true }),
  };
}

function fromDoc(doc: AttemptDoc): PaymentAttempt {
  const { _id, currencyCode, minorUnits, dueTime, createTime, ...others } = doc;
  const { askTime: _ask, isOpen: _open, ...rest } = others;
  return {
    id: _id,
    ...rest,
    amount: { currencyCode, minorUnits: BigInt(minorUnits) },
    dueMs: msOf(dueTime),
    createMs: msOf(createTime),
  };
}
