import type { AccountId, OrganisationId, PlanId, SubscriptionId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Collection, Db } from 'mongodb';
import type { Fee } from '../../catalogue/domain/fee';
import { cyclePeriod, type Subscription } from '../domain/subscription';
import type { ClockKind } from '../../clocks/store/clocks';
import { feeFromDoc, feeToDoc, type FeeDoc } from '../../catalogue/store/fee-doc';
import {
  keyOf,
  resourceCollection,
  type Key,
  type ResourceCollection,
} from '../../store/resource-collection';

/** A subscription with what the schedulers need to find it. */
export interface SubscriptionDoc {
  _id: Key;
  accountId: string;
  planId: string;
  startMs: number;
  timeZone: string;
  fees: FeeDoc[];
  cycle: number;
  createMs: number;
  /** The end of cycle `cycle`, by the organisation's clock. */
  nextCloseMs: number;
  /** Which scheduler closes it. An organisation's clock is of one kind for ever. */
  clock: ClockKind;
  /**
   * Before this real time no scheduler tries to close it: the cycle's end and the settling time (0 on a test clock),
   * or later while a replica has claimed it or after a failure.
   */
  dueMs: number;
  /** How often closing `cycle` was tried. */
  attempts: number;
}

/** When a subscription's next cycle may be closed. */
export interface Schedule {
  readonly clock: ClockKind;
  readonly dueMs: number;
}

/** The collection `subscriptions`: read by its key, listed by id, by account or all. */
export interface SubscriptionStore extends Pick<
  ResourceCollection<Subscription, SubscriptionDoc>,
  'collection' | 'find' | 'list'
> {
  insert(
    organisationId: OrganisationId,
    item: Subscription,
    schedule: Schedule,
    session: ClientSession,
  ): Promise<void>;
  addFee(
    organisationId: OrganisationId,
    id: SubscriptionId,
    fee: Fee,
    session: ClientSession,
  ): Promise<void>;
  ofAccount(organisationId: OrganisationId, accountId: AccountId): Promise<Subscription[]>;
  /** Whether a cycle that ended by `presentMs` is not closed. */
  hasEnded(
    organisationId: OrganisationId,
    presentMs: number,
    session?: ClientSession,
  ): Promise<boolean>;
  /** Goes on to the next cycle. False when cycle `subscription.cycle` was closed by someone else: nothing is changed. */
  advance(
    organisationId: OrganisationId,
    subscription: Subscription,
    dueMs: number,
    session: ClientSession,
  ): Promise<boolean>;
}

/** Lists by account; the schedulers' queries: due by the real time, ended by an organisation's test clock. */
export const SUBSCRIPTION_INDEXES = [
  { collection: 'subscriptions', key: { '_id.organisationId': 1, accountId: 1, '_id.id': 1 } },
  { collection: 'subscriptions', key: { clock: 1, dueMs: 1 } },
  { collection: 'subscriptions', key: { '_id.organisationId': 1, nextCloseMs: 1, dueMs: 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the subscriptions. */
export function subscriptionStore(db: Db): SubscriptionStore {
  const base = resourceCollection(db, 'subscriptions', toUnscheduledDoc, subscriptionFromDoc);
  const collection: Collection<SubscriptionDoc> = base.collection;
  return {
    collection,
    find: base.find,
    list: base.list,
    async insert(organisationId, subscription, schedule, session) {
      await collection.insertOne(
        { ...toUnscheduledDoc(organisationId, subscription), ...schedule },
        { session },
      );
    },
    async addFee(organisationId, id, fee, session) {
      await collection.updateOne(
        { _id: keyOf(organisationId, id) },
        { $push: { fees: feeToDoc(fee) } },
        { session },
      );
    },
    async ofAccount(organisationId, accountId) {
      const filter = { '_id.organisationId': organisationId, accountId };
      return (await collection.find(filter).sort({ '_id.id': 1 }).toArray()).map(
        subscriptionFromDoc,
      );
    },
    async hasEnded(organisationId, presentMs, session) {
      const filter = { '_id.organisationId': organisationId, nextCloseMs: { $lte: presentMs } };
      const options = { projection: { _id: 1 }, ...(session === undefined ? {} : { session }) };
      return (await collection.findOne(filter, options)) !== null;
    },
    async advance(organisationId, subscription, dueMs, session) {
      const { id, cycle } = subscription;
      const nextCloseMs = cyclePeriod(subscription, cycle + 1).endMs;
      const { matchedCount } = await collection.updateOne(
        { _id: keyOf(organisationId, id), cycle },
        { $set: { cycle: cycle + 1, nextCloseMs, dueMs, attempts: 0 } },
        { session },
      );
      return matchedCount === 1;
    },
  };
}

function toUnscheduledDoc(
  organisationId: OrganisationId,
  subscription: Subscription,
): SubscriptionDoc {
  const { id, accountId, planId, startMs, timeZone, fees, cycle, createMs } = subscription;
  return {
    _id: keyOf(organisationId, id),
    accountId,
    planId,
    startMs,
    timeZone,
    fees: fees.map(feeToDoc),
    cycle,
    createMs,
    nextCloseMs: cyclePeriod(subscription, cycle).endMs,
    clock: 'real',
    dueMs: 0,
    attempts: 0,
  };
}

/** The subscription in a document, without its schedule. */
export function subscriptionFromDoc(doc: SubscriptionDoc): Subscription {
  const { _id, accountId, planId, startMs, timeZone, fees, cycle, createMs } = doc;
  return {
    id: _id.id as SubscriptionId,
    accountId: accountId as AccountId,
    planId: planId as PlanId,
    startMs,
    timeZone,
    fees: fees.map(feeFromDoc),
    cycle,
    createMs,
  };
}
