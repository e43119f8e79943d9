import type { AccountId, OrganisationId, PlanId, SubscriptionId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Collection, Db, UpdateFilter } from 'mongodb';
import type { Fee } from '../../catalogue/domain/fee';
import { billedPeriod, type Subscription } from '../domain/subscription';
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
  /** When it ends, and when that was asked for; see Subscription. */
  endMs?: number;
  cancelMs?: number;
  /** The end of what of cycle `cycle` is billed, by the organisation's clock. Unset: it ended, and all is closed. */
  nextCloseMs?: number;
  /** Which scheduler closes it. An organisation's clock is of one kind for ever. */
  clock: ClockKind;
  /**
   * Before this real time no scheduler tries to close it: the cycle's end and the settling time (0 on a test clock),
   * or later while a replica has claimed it or after a failure. Unset where `nextCloseMs` is.
   */
  dueMs?: number;
  /** How often closing `cycle` was tried. */
  attempts: number;
}

/** When a subscription's cycles may be closed. */
export interface Schedule {
  readonly clock: ClockKind;
  readonly dueMs: DueMs;
}

/** From when on a cycle may be closed, in real time, given its end. */
export type DueMs = (endMs: number) => number;

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
  /** Gives a subscription the end that it was cancelled with. */
  end(
    organisationId: OrganisationId,
    subscription: Subscription,
    dueMs: DueMs,
    session: ClientSession,
  ): Promise<void>;
  ofAccount(
    organisationId: OrganisationId,
    accountId: AccountId,
    session?: ClientSession,
  ): Promise<Subscription[]>;
  /**
   * When the last of each account's subscriptions ends: Infinity while one has no end. Nothing of an account without any
   * that ever billed.
   */
  lastEnds(
    organisationId: OrganisationId,
    accountIds: readonly string[],
  ): Promise<Map<string, number>>;
  /** Whether a cycle that ended by `presentMs` is not closed. */
  hasEnded(
    organisationId: OrganisationId,
    presentMs: number,
    session?: ClientSession,
  ): Promise<boolean>;
  /** How many have a cycle that ended by `dueMs` of the real time and is not closed, and when the first of these ended. */
  overdue(dueMs: number): Promise<{ readonly count: number; readonly firstMs: number | undefined }>;
  /**
   * Goes on to the next cycle. False when cycle `subscription.cycle` was closed by someone else, or the subscription got
   * another end meanwhile: nothing is changed.
   */
  advance(
    organisationId: OrganisationId,
    subscription: Subscription,
    dueMs: DueMs,
    session: ClientSession,
  ): Promise<boolean>;
}

/** Lists by account; the schedulers' queries: due by the real time, overdue by it, ended by an organisation's test
 * clock. */
export const SUBSCRIPTION_INDEXES = [
  { collection: 'subscriptions', key: { '_id.organisationId': 1, accountId: 1, '_id.id': 1 } },
  { collection: 'subscriptions', key: { clock: 1, dueMs: 1 } },
  { collection: 'subscriptions', key: { clock: 1, nextCloseMs: 1 } },
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
    async insert(organisationId, subscription, { clock, dueMs }, session) {
      const doc = toUnscheduledDoc(organisationId, subscription);
      const next = defined(nextOf(subscription, dueMs));
      await collection.insertOne({ ...doc, clock, ...next }, { session });
    },
    async end(organisationId, subscription, dueMs, session) {
      const { id, endMs, cancelMs } = subscription;
      await collection.updateOne(
        { _id: keyOf(organisationId, id) },
        change({ endMs, cancelMs, ...nextOf(subscription, dueMs), attempts: 0 }),
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
    async ofAccount(organisationId, accountId, session) {
      const filter = { '_id.organisationId': organisationId, accountId };
      const found = collection.find(filter, session === undefined ? {} : { session });
      return (await found.sort({ '_id.id': 1 }).toArray()).map(subscriptionFromDoc);
    },
    async lastEnds(organisationId, accountIds) {
      const filter = {
        '_id.organisationId': organisationId,
        accountId: { $in: [...accountIds] },
      };
      const projection = { accountId: 1, startMs: 1, endMs: 1 } as const;
      const ends = new Map<string, number>();
      for await (const doc of collection.find(filter, { projection })) {
        const { accountId, startMs, endMs = Infinity } = doc;
        if (endMs > startMs) ends.set(accountId, Math.max(endMs, ends.get(accountId) ?? endMs));
      }
      return ends;
    },
    async hasEnded(organisationId, presentMs, session) {
      const filter = { '_id.organisationId': organisationId, nextCloseMs: { $lte: presentMs } };
      const options = { projection: { _id: 1 }, ...(session === undefined ? {} : { session }) };
      return (await collection.findOne(filter, options)) !== null;
    },
    async overdue(dueMs) {
      const filter = { clock: 'real', nextCloseMs: { $lte: dueMs } } as const;
      const [count, first] = await Promise.all([
        collection.countDocuments(filter),
        collection.findOne(filter, { projection: { nextCloseMs: 1 }, sort: { nextCloseMs: 1 } }),
      ]);
      return { count, firstMs: first?.nextCloseMs };
    },
    async advance(organisationId, subscription, dueMs, session) {
      const { id, cycle, endMs } = subscription;
      const next = { ...subscription, cycle: cycle + 1 };
      const { matchedCount } = await collection.updateOne(
        { _id: keyOf(organisationId, id), cycle, endMs: endMs ?? { $exists: false } },
        change({ cycle: next.cycle, ...nextOf(next, dueMs), attempts: 0 }),
        { session },
      );
      return matchedCount === 1;
    },
  };
}

type Fields = Readonly<Record<string, number | undefined>>;

/** When the subscription's cycle ends and may be closed; both undefined where none is left. */
function nextOf(subscription: Subscription, dueMs: DueMs) {
  const endMs = billedPeriod(subscription, subscription.cycle)?.endMs;
  return { nextCloseMs: endMs, dueMs: endMs === undefined ? undefined : dueMs(endMs) };
}

/** Sets the fields, and takes away those that are undefined. */
function change(fields: Fields): UpdateFilter<SubscriptionDoc> {
  const gone = Object.keys(fields).filter((name) => fields[name] === undefined);
  return {
    $set: defined(fields),
    ...(gone.length === 0 ? {} : { $unset: Object.fromEntries(gone.map((name) => [name, true])) }),
  };
}

function defined(fields: Fields): Record<string, number> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
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
    ...endOf(subscription),
    clock: 'real',
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
    ...endOf(doc),
  };
}

/** The fields that only a subscription with an end has. */
function endOf({ endMs, cancelMs }: Pick<Subscription, 'endMs' | 'cancelMs'>) {
  return {
    ...(endMs === undefined ? {} : { endMs }),
    ...(cancelMs === undefined ? {} : { cancelMs }),
  };
}
