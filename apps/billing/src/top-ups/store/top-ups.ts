import type {
  ChargeId,
  CreditGrantId,
  OrganisationId,
  TopUpId,
  TopUpRuleId,
} from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf } from '@billingrails/mongo';
import { MaxKey, type ClientSession, type Db, type Filter } from 'mongodb';
import type { TopUp } from '../domain/top-up';

interface TopUpDoc {
  /** The order of the fields is part of the key, and lists what a rule has bought in order. */
  _id: { organisationId: OrganisationId; topUpRuleId: string; number: number };
  topUpId: string;
  time: Date;
  available: string;
  amount: string;
  price: string;
  chargeId: string;
  creditGrantId: string;
}

/** The collection `top_ups`: only added to. */
export interface TopUpStore {
  /** A number of a rule is there once. */
  insert(organisationId: OrganisationId, topUp: TopUp, session: ClientSession): Promise<void>;
  /** Those of a rule after a number, in order. */
  list(
    organisationId: OrganisationId,
    id: TopUpRuleId,
    page: { readonly afterNumber: number; readonly limit: number },
  ): Promise<TopUp[]>;
}

const TOP_UPS = 'top_ups';

export const TOP_UP_INDEXES = [{ collection: TOP_UPS }] as const;

/** Opens what rules have bought. */
export function topUpStore(db: Db): TopUpStore {
  const collection = db.collection<TopUpDoc>(TOP_UPS);
  return {
    async insert(organisationId, topUp, session) {
      await collection.insertOne(toDoc(organisationId, topUp), { session });
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
  const { id, ruleId, number, ms, available, amount, price, chargeId, creditGrantId } = topUp;
  return {
    _id: { organisationId, topUpRuleId: ruleId, number },
    ...{ topUpId: id, time: dateOf(ms), chargeId, creditGrantId },
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
    creditGrantId: doc.creditGrantId as CreditGrantId,
  };
}
