import type {
  AccountId,
  CreditUnitId,
  OrganisationId,
  SubscriptionId,
  TopUpId,
  TopUpRuleId,
} from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import {
  keyOf,
  resourceCollection,
  type Key,
  type ResourceCollection,
} from '../../store/resource-collection';
import type { TopUpPause, TopUpRule, TopUpTerms } from '../domain/top-up-rule';

interface TopUpRuleDoc {
  _id: Key;
  accountId: string;
  creditUnitId: string;
  subscriptionId: string;
  currencyCode: string;
  timeZone: string;
  terms: TermsDoc;
  pause?: { reason: TopUpPause['reason']; resumeTime?: Date };
  month?: { startTime: Date; count: number; price: string };
  count: number;
  waitingId?: string;
  createTime: Date;
  version: number;
  /** The real time at which it is looked at next; later while a replica looks. */
  lookTime: Date;
}

interface TermsDoc {
  threshold: string;
  amount: string;
  price: string;
  monthlyPriceMax?: string;
  monthlyCountMax: number;
  expiryDays?: number;
  priority: number;
  description: string;
  whenPaid?: true;
}

/** A rule that a replica has to itself for a while. */
export interface TakenRule {
  readonly organisationId: OrganisationId;
  readonly rule: TopUpRule;
  /** Until when, by the real time. */
  readonly untilMs: number;
}

/** The collection `top_up_rules`. */
export interface TopUpRuleStore extends ResourceCollection<TopUpRule, TopUpRuleDoc> {
  /** That of an account and unit. */
  findFor(
    organisationId: OrganisationId,
    of: Pick<TopUpRule, 'accountId' | 'creditUnitId'>,
    session: ClientSession,
  ): Promise<TopUpRule | undefined>;
  /** In the place of what was read; it is looked at at once. */
  replace(organisationId: OrganisationId, rule: TopUpRule, session: ClientSession): Promise<void>;
  /** Takes the one that has waited longest to be looked at, for so long. */
  take(nowMs: number, untilMs: number): Promise<TakenRule | undefined>;
  /** When a taken one is looked at again; does nothing where it was woken meanwhile. */
  lookAgain(taken: TakenRule, lookMs: number): Promise<void>;
  /** Lets be looked at at once the rules of accounts, of all of the organisation where none are named. */
  wake(organisationId: OrganisationId, accountIds: readonly AccountId[] | undefined): Promise<void>;
}

const TOP_UP_RULES = 'top_up_rules';

/** One of an account and unit; those of an account, listed; what is to be looked at. */
export const TOP_UP_RULE_INDEXES = [
  {
    collection: TOP_UP_RULES,
    key: { '_id.organisationId': 1, accountId: 1, creditUnitId: 1 },
    unique: true,
  },
  { collection: TOP_UP_RULES, key: { '_id.organisationId': 1, accountId: 1, '_id.id': 1 } },
  { collection: TOP_UP_RULES, key: { lookTime: 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the rules. `nowMs` is the real time. */
export function topUpRuleStore(db: Db, nowMs: () => number): TopUpRuleStore {
  const toNewDoc = (organisationId: OrganisationId, rule: TopUpRule) =>
    toDoc(organisationId, rule, nowMs());
  const base = resourceCollection(db, TOP_UP_RULES, toNewDoc, fromDoc);
  const { collection } = base;
  return {
    ...base,
    async findFor(organisationId, { accountId, creditUnitId }, session) {
      const filter = { '_id.organisationId': organisationId, accountId, creditUnitId };
      const doc = await collection.findOne(filter, { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async replace(organisationId, rule, session) {
      const { _id, ...fields } = toNewDoc(organisationId, rule);
      await collection.replaceOne({ _id }, fields, { session });
    },
    async take(realMs, untilMs) {
      const doc = await collection.findOneAndUpdate(
        { lookTime: { $lte: dateOf(realMs) } },
        { $set: { lookTime: dateOf(untilMs) } },
        { sort: { lookTime: 1 }, returnDocument: 'after' },
      );
      if (doc === null) return undefined;
      return { organisationId: doc._id.organisationId, rule: fromDoc(doc), untilMs };
    },
    async lookAgain({ organisationId, rule, untilMs }, lookMs) {
      const filter = { _id: keyOf(organisationId, rule.id), lookTime: dateOf(untilMs) };
      await collection.updateOne(filter, { $set: { lookTime: dateOf(lookMs) } });
    },
    async wake(organisationId, accountIds) {
      const filter = {
        '_id.organisationId': organisationId,
        ...(accountIds === undefined ? {} : { accountId: { $in: [...accountIds] as string[] } }),
      };
      await collection.updateMany(filter, { $set: { lookTime: dateOf(nowMs()) } });
    },
  };
}

function toDoc(organisationId: OrganisationId, rule: TopUpRule, lookMs: number): TopUpRuleDoc {
  const { id, terms, pause, month, createMs, ...plain } = rule;
  return {
    _id: keyOf(organisationId, id),
    ...plain,
    terms: termsToDoc(terms),
    ...(pause && { pause: pauseToDoc(pause) }),
    ...(month && {
      month: {
        startTime: dateOf(month.startMs),
        count: month.count,
        price: decimalText(month.price),
      },
    }),
    createTime: dateOf(createMs),
    lookTime: dateOf(lookMs),
  };
}

function fromDoc({ _id, terms, pause, month, ...doc }: TopUpRuleDoc): TopUpRule {
  const { currencyCode, timeZone, count, version } = doc;
  return {
    id: _id.id as TopUpRuleId,
    accountId: doc.accountId as AccountId,
    creditUnitId: doc.creditUnitId as CreditUnitId,
    subscriptionId: doc.subscriptionId as SubscriptionId,
    ...{ currencyCode, timeZone, count, version },
    terms: termsFromDoc(terms),
    ...(pause && { pause: pauseFromDoc(pause) }),
    ...(month && {
      month: {
        startMs: msOf(month.startTime),
        count: month.count,
        price: decimal(month.price),
      },
    }),
    ...(doc.waitingId === undefined ? {} : { waitingId: doc.waitingId as TopUpId }),
    createMs: msOf(doc.createTime),
  };
}

function termsToDoc({ threshold, amount, price, monthlyPriceMax, ...plain }: TopUpTerms): TermsDoc {
  return {
    ...plain,
    threshold: decimalText(threshold),
    amount: decimalText(amount),
    price: decimalText(price),
    ...(monthlyPriceMax && { monthlyPriceMax: decimalText(monthlyPriceMax) }),
  };
}

function termsFromDoc({ threshold, amount, price, ...doc }: TermsDoc): TopUpTerms {
  const { monthlyPriceMax, monthlyCountMax, expiryDays, priority, description, whenPaid } = doc;
  return {
    ...{ threshold: decimal(threshold), amount: decimal(amount), price: decimal(price) },
    ...(monthlyPriceMax === undefined ? {} : { monthlyPriceMax: decimal(monthlyPriceMax) }),
    ...{ monthlyCountMax, priority, description },
    ...(expiryDays === undefined ? {} : { expiryDays }),
    ...(whenPaid === true ? { whenPaid } : {}),
  };
}

function pauseToDoc(pause: TopUpPause): NonNullable<TopUpRuleDoc['pause']> {
  const { reason } = pause;
  return { reason, ...('resumeMs' in pause ? { resumeTime: dateOf(pause.resumeMs) } : {}) };
}

function pauseFromDoc({ reason, resumeTime }: NonNullable<TopUpRuleDoc['pause']>): TopUpPause {
  const resumeMs = resumeTime === undefined ? Infinity : msOf(resumeTime);
  switch (reason) {
    case 'requested':
    case 'subscription_ended':
    case 'invoice_voided':
    case 'not_payer':
      return { reason };
    case 'monthly_count':
    case 'monthly_price':
      return { reason, resumeMs };
  }
}
