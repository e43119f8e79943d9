import type {
  BillId,
  ChargeId,
  CreditGrantId,
  OrganisationId,
  TopUpId,
  TopUpRuleId,
} from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import { MaxKey, type ClientSession, type Db, type Filter } from 'mongodb';
import type { Granting, TopUp } from '../domain/top-up';

interface TopUpDoc {
  /** The order of the fields is part of the key, and lists what a rule has bought in order. */
  _id: { organisationId: OrganisationId; topUpRuleId: string; number: number };
  topUpId: string;
  time: Date;
  available: string;
  amount: string;
  price: string;
  chargeId: string;
  /** Unset on those from before bills of their own. */
  billId?: string;
  /** Set exactly where it is granted. */
  creditGrantId?: string;
  /** Set where it is not granted, or not yet. */
  granting?: 'waiting' | 'cancelled';
}

/** The collection `top_ups`: added to; what waits to be paid is settled once. */
export interface TopUpStore {
  /** A number of a rule is there once. */
  insert(organisationId: OrganisationId, topUp: TopUp, session: ClientSession): Promise<void>;
  /** Those that are billed by these bills and wait to be paid. */
  waitingFor(organisationId: OrganisationId, billIds: readonly string[]): Promise<TopUp[]>;
  /** Says what has become of one that waits to be paid; false where it does not. */
  settle(
    organisationId: OrganisationId,
    topUp: TopUp,
    granting: Granting,
    session: ClientSession,
  ): Promise<boolean>;
  /** Those of a rule after a number, in order. */
  list(
    organisationId: OrganisationId,
    id: TopUpRuleId,
    page: { readonly afterNumber: number; readonly limit: number },
  ): Promise<TopUp[]>;
}

const TOP_UPS = 'top_ups';

/** What is billed by a bill, and waits to be paid. */
export const TOP_UP_INDEXES = [
  {
    collection: TOP_UPS,
    key: { '_id.organisationId': 1, billId: 1 },
    partialFilterExpression: { granting: 'waiting' },
  },
] as const satisfies readonly IndexSpec[];

/** Opens what rules have bought. */
export function topUpStore(db: Db): TopUpStore {
  const collection = db.collection<TopUpDoc>(TOP_UPS);
  return {
    async insert(organisationId, topUp, session) {
      await collection.insertOne(toDoc(organisationId, topUp), { session });
    },
    async waitingFor(organisationId, billIds) {
      const filter = {
        '_id.organisationId': organisationId,
        ...{ billId: { $in: [...billIds] }, granting: 'waiting' },
      } as Filter<TopUpDoc>;
      return (await collection.find(filter).toArray()).map(fromDoc);
    },
    async settle(organisationId, { ruleId, number }, granting, session) {
      const isGranted = granting.kind === 'granted';
      const { modifiedCount } = await collection.updateOne(
        { _id: { organisationId, topUpRuleId: ruleId, number }, granting: 'waiting' },
        isGranted
          ? { $set: { creditGrantId: granting.creditGrantId }, $unset: { granting: '' } }
          : { $set: { granting: granting.kind } },
        { session },
      );
      return modifiedCount > 0;
    },
    async list(organisationId, topUpRuleId, { afterNumber, limit }) {
      const owner = { organisationId, topUpRuleId };
      const filter = {
        _id: { $gt: { ...owner, number: afterNumber }, $lt: { ...owner, number: new MaxKey() } },
      } as unknown as Filter<TopUpDoc>;
      return (await collection.find(filter).sort({ _id: 1 }).limit(limit).toArray()).map(fromDoc);
    },
  };
}

function toDoc(organisationId: OrganisationId, topUp: TopUp): TopUpDoc {
  const { id, ruleId, number, ms, available, amount, price, chargeId, billId, granting } = topUp;
  return {
    _id: { organisationId, topUpRuleId: ruleId, number },
    ...{ topUpId: id, time: dateOf(ms), chargeId, billId },
    ...(granting.kind === 'granted'
      ? { creditGrantId: granting.creditGrantId }
      : { granting: granting.kind }),
    available: decimalText(available),
    amount: decimalText(amount),
    price: decimalText(price),
  };
}

function fromDoc({ _id, topUpId, time, ...doc }: TopUpDoc): TopUp {
  return {
    id: topUpId as TopUpId,
    ruleId: _id.topUpRuleId as TopUpRuleId,
    number: _id.number,
    ms: msOf(time),
    available: decimal(doc.available),
    amount: decimal(doc.amount),
    price: decimal(doc.price),
    chargeId: doc.chargeId as ChargeId,
    billId: (doc.billId ?? '') as BillId,
    granting:
      doc.granting === undefined
        ? { kind: 'granted', creditGrantId: doc.creditGrantId as CreditGrantId }
        : { kind: doc.granting },
  };
}
