import type {
  AccountId,
  BillingPeriodId,
  OrganisationId,
  PlanId,
  SubscriptionId,
} from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import { BSON, MaxKey, type ClientSession, type Db, type Filter } from 'mongodb';
import type { BillingPeriod } from '../domain/close-period';
import { chargeFromDoc, chargeToDoc, type ChargeDoc } from './charge-doc';

/** The key itself says that a cycle of a subscription closes once. */
interface PeriodKey {
  organisationId: OrganisationId;
  subscriptionId: string;
  cycle: number;
}

interface PeriodDoc {
  _id: PeriodKey;
  id: string;
  accountId: string;
  planId: string;
  startMs: number;
  endMs: number;
  /** Unset in periods that were closed before it was kept: UTC. */
  timeZone?: string;
  currencyCode: string;
  charges: ChargeDoc[];
  /** Unset in periods that were closed before it was kept: `closeMs`. */
  dueMs?: number;
  closeMs: number;
}

/** Where a page of periods begins: after this one. */
export interface PeriodPosition {
  readonly subscriptionId: string;
  readonly cycle: number;
}

/** The collection `billing_periods`: written once, read by id, listed by subscription and cycle. */
export interface BillingPeriodStore {
  insert(
    organisationId: OrganisationId,
    period: BillingPeriod,
    session: ClientSession,
  ): Promise<void>;
  find(organisationId: OrganisationId, id: string): Promise<BillingPeriod | undefined>;
  list(
    organisationId: OrganisationId,
    page: {
      readonly subscriptionId?: string;
      readonly after?: PeriodPosition;
      /** At least 1. A page ends before it where the periods are so long that they would not fit an answer. */
      readonly limit: number;
    },
  ): Promise<PeriodPage>;
}

/** A page of periods. */
export interface PeriodPage {
  readonly periods: readonly BillingPeriod[];
  /** Where the next page begins; unset when there is none. */
  readonly last?: PeriodPosition;
}

/** Of documents. An answer may have 4 MiB and says about the same as they do, as JSON in more letters. */
const PAGE_BYTES_MAX = 1024 * 1024;

/** Periods are also read by their derived id. */
export const BILLING_PERIOD_INDEXES = [
  { collection: 'billing_periods', key: { '_id.organisationId': 1, id: 1 }, unique: true },
] as const satisfies readonly IndexSpec[];

/** Opens the closed periods. */
export function billingPeriodStore(db: Db): BillingPeriodStore {
  const collection = db.collection<PeriodDoc>('billing_periods');
  return {
    async insert(organisationId, period, session) {
      await collection.insertOne(toDoc(organisationId, period), { session });
    },
    async find(organisationId, id) {
      const doc = await collection.findOne({
        '_id.organisationId': organisationId,
        id,
      } as Filter<PeriodDoc>);
      return doc === null ? undefined : fromDoc(doc);
    },
    async list(organisationId, { subscriptionId, after, limit }) {
      // A token goes on in the list it came from: the subscription that is asked for now comes first.
      const from = {
        subscriptionId: subscriptionId ?? after?.subscriptionId ?? '',
        cycle: after?.cycle ?? -1,
      };
      const filter = {
        _id: {
          $gt: { organisationId, ...from },
          $lt: {
            organisationId,
            subscriptionId: subscriptionId ?? new MaxKey(),
            cycle: new MaxKey(),
          },
        },
      } as unknown as Filter<PeriodDoc>;
      // One more than asked for tells whether there is a next page.
      return readPage(
        collection
          .find(filter)
          .sort({ _id: 1 })
          .limit(limit + 1),
        limit,
      );
    },
  };
}

async function readPage(docs: AsyncIterable<PeriodDoc>, limit: number): Promise<PeriodPage> {
  const periods: BillingPeriod[] = [];
  let bytes = 0;
  let last: PeriodPosition | undefined;
  for await (const doc of docs) {
    if (last !== undefined && (periods.length === limit || bytes > PAGE_BYTES_MAX))
      return { periods, last };
    periods.push(fromDoc(doc));
    bytes += BSON.calculateObjectSize(doc);
    last = { subscriptionId: doc._id.subscriptionId, cycle: doc._id.cycle };
  }
  return { periods };
}

function toDoc(organisationId: OrganisationId, period: BillingPeriod): PeriodDoc {
  return {
    _id: { organisationId, subscriptionId: period.subscriptionId, cycle: period.cycle },
    id: period.id,
    accountId: period.accountId,
    planId: period.planId,
    startMs: period.period.startMs,
    endMs: period.period.endMs,
    timeZone: period.timeZone,
    currencyCode: period.currencyCode,
    charges: period.charges.map(chargeToDoc),
    dueMs: period.dueMs,
    closeMs: period.closeMs,
  };
}

function fromDoc({ _id, ...doc }: PeriodDoc): BillingPeriod {
  return {
    id: doc.id as BillingPeriodId,
    subscriptionId: _id.subscriptionId as SubscriptionId,
    accountId: doc.accountId as AccountId,
    planId: doc.planId as PlanId,
    cycle: _id.cycle,
    period: { startMs: doc.startMs, endMs: doc.endMs },
    timeZone: doc.timeZone ?? 'UTC',
    currencyCode: doc.currencyCode,
    charges: doc.charges.map(chargeFromDoc),
    dueMs: doc.dueMs ?? doc.closeMs,
    closeMs: doc.closeMs,
  };
}
