import type { AccountId, OrganisationId, SubscriptionId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';
import type { Fee } from '../../catalogue/domain/fee';
import { feesOf, feeToDoc } from '../../catalogue/store/fee-doc';
import type { AccessVersionStore } from '../../entitlements/store/access-versions';
import { alike } from '../../store/alike';
import {
  keyOf,
  resourceCollection,
  type ResourceCollection,
} from '../../store/resource-collection';
import type { Subscription } from '../domain/subscription';
import { factToDoc } from './fact-doc';
import {
  billedFromDoc,
  billedToDoc,
  endToDoc,
  planIdsOf,
  subscriptionFromDoc as fromDoc,
  subscriptionToDoc as toDoc,
  type SubscriptionDoc,
} from './subscription-doc';

/** A subscription as it was read, and how far it is billed after. */
export interface Step {
  readonly read: Subscription;
  readonly after: Pick<Subscription, 'cycle' | 'billed'>;
}

/** When a subscription lives. */
export type Life = Pick<Subscription, 'id' | 'accountId' | 'accountClock' | 'startMs' | 'endMs'>;

/** The collection `subscriptions`: read by its key, listed by id, by account or all. */
export interface SubscriptionStore extends ResourceCollection<Subscription, SubscriptionDoc> {
  addFee(
    organisationId: OrganisationId,
    id: SubscriptionId,
    fee: Fee,
    session: ClientSession,
  ): Promise<void>;
  /** Adds the changes behind those that it had when it was read, with the end that they may bring or take. */
  addChanges(
    organisationId: OrganisationId,
    read: Subscription,
    changed: Subscription,
    session: ClientSession,
  ): Promise<void>;
  /** Deletes those of a test account. */
  remove(
    organisationId: OrganisationId,
    accountId: AccountId,
    ids: readonly SubscriptionId[],
    session: ClientSession,
  ): Promise<void>;
  /** Of the ids those that are fees which subscriptions have of their own, by id. */
  findFees(
    organisationId: OrganisationId,
    feeIds: readonly string[],
    session?: ClientSession,
  ): Promise<Map<string, Fee>>;
  /** How many there are with an id after that one that ever had the plan, or will have it. */
  countOfPlan(organisationId: OrganisationId, planId: string, afterId: string): Promise<number>;
  ofAccount(
    organisationId: OrganisationId,
    accountId: AccountId,
    session?: ClientSession,
  ): Promise<Subscription[]>;
  /** Of many accounts, those of each in order; altogether by id. */
  ofAccounts(
    organisationId: OrganisationId,
    accountIds: readonly AccountId[],
  ): Promise<Subscription[]>;
  /** Whether any of the organisation's has an end. */
  haveEnd(organisationId: OrganisationId): Promise<boolean>;
  /** When subscriptions live: of the accounts, or of all of the organisation. */
  lives(
    organisationId: OrganisationId,
    accountIds: readonly AccountId[] | undefined,
  ): AsyncIterable<Life>;
  /**
   * When the last of each account's subscriptions ends: Infinity while one has no end. Nothing of an account without
   * any that ever billed.
   */
  lastEnds(
    organisationId: OrganisationId,
    accountIds: readonly string[],
  ): Promise<Map<string, number>>;
  /**
   * Goes on from how each was read. Answers the ids of those that went on: what was billed or changed by someone else
   * since is left as it is. Two transactions that go on from the same do not both commit.
   */
  advance(
    organisationId: OrganisationId,
    steps: readonly Step[],
    session: ClientSession,
  ): Promise<ReadonlySet<string>>;
}

/** Lists by account, by plan, and by end. */
export const SUBSCRIPTION_INDEXES = [
  { collection: 'subscriptions', key: { '_id.organisationId': 1, accountId: 1, '_id.id': 1 } },
  { collection: 'subscriptions', key: { '_id.organisationId': 1, planIds: 1, '_id.id': 1 } },
  { collection: 'subscriptions', key: { '_id.organisationId': 1, endTime: 1 } },
  { collection: 'subscriptions', key: { '_id.organisationId': 1, 'fees.id': 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the subscriptions. What changes them raises the version of their account's access. */
export function subscriptionStore(db: Db, accessVersions: AccessVersionStore): SubscriptionStore {
  const base = resourceCollection(db, 'subscriptions', toDoc, fromDoc);
  const { collection } = base;
  return {
    ...base,
    async insert(organisationId, subscription, session) {
      await base.insert(organisationId, subscription, session);
      await accessVersions.raise(organisationId, subscription.accountId, session);
    },
    async addFee(organisationId, id, fee, session) {
      await collection.updateOne(
        { _id: keyOf(organisationId, id) },
        { $push: { fees: feeToDoc(fee) } },
        { session },
      );
    },
    async addChanges(organisationId, read, changed, session) {
      const added = changed.changes.slice(read.changes.length).map(factToDoc);
      const end = endToDoc(changed);
      const noEnd = changed.endMs === undefined;
      await collection.updateOne(
        { _id: keyOf(organisationId, changed.id) },
        {
          $push: { changes: { $each: added } },
          $addToSet: { planIds: { $each: planIdsOf(changed) } },
          $set: end,
          ...(noEnd && { $unset: { endTime: '', cancelTime: '' } }),
        },
        { session },
      );
      await accessVersions.raise(organisationId, changed.accountId, session);
    },
    countOfPlan(organisationId, planIds, afterId) {
      const filter = { '_id.organisationId': organisationId, planIds, '_id.id': { $gt: afterId } };
      return collection.countDocuments(filter as Filter<SubscriptionDoc>);
    },
    async findFees(organisationId, feeIds, session) {
      const filter = { '_id.organisationId': organisationId, 'fees.id': { $in: [...feeIds] } };
      const options = { projection: { fees: 1 } as const, ...(session && { session }) };
      const found = collection.find(filter as Filter<SubscriptionDoc>, options);
      return feesOf(await found.toArray(), feeIds);
    },
    async ofAccount(organisationId, accountId, session) {
      const filter = { '_id.organisationId': organisationId, accountId };
      const found = collection.find(filter, session === undefined ? {} : { session });
      return (await found.sort({ '_id.id': 1 }).toArray()).map(fromDoc);
    },
    async ofAccounts(organisationId, accountIds) {
      const ids = { $in: [...accountIds] };
      const filter = { '_id.organisationId': organisationId, accountId: ids };
      const found = (await collection.find(filter).toArray()).map(fromDoc);
      return found.sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async haveEnd(organisationId) {
      const filter = { '_id.organisationId': organisationId, endTime: { $gte: dateOf(0) } };
      return (
        (await collection.findOne(filter as Filter<SubscriptionDoc>, {
          projection: { _id: 1 },
        })) !== null
      );
    },
    async remove(organisationId, accountId, ids, session) {
      await accessVersions.raise(organisationId, accountId, session);
      const keys = ids.map((id) => keyOf(organisationId, id));
      await collection.deleteMany({ _id: { $in: keys } }, { session });
    },
    lives(organisationId, accountIds) {
      const filter = {
        '_id.organisationId': organisationId,
        ...(accountIds === undefined ? {} : { accountId: { $in: [...accountIds] } }),
      };
      const projection = { accountId: 1, accountClock: 1, startTime: 1, endTime: 1 } as const;
      return collection.find(filter, { projection }).map(lifeOf);
    },
    async lastEnds(organisationId, accountIds) {
      const filter = {
        '_id.organisationId': organisationId,
        accountId: { $in: [...accountIds] },
      };
      const projection = { accountId: 1, startTime: 1, endTime: 1 } as const;
      const ends = new Map<string, number>();
      for await (const doc of collection.find(filter, { projection })) {
        const { accountId, startMs, endMs = Infinity } = lifeOf(doc);
        if (endMs > startMs) ends.set(accountId, Math.max(endMs, ends.get(accountId) ?? endMs));
      }
      return ends;
    },
    async advance(organisationId, steps, session) {
      // Of one snapshot: whoever changes one of them afterwards collides with the write.
      const keys = steps.map(({ read }) => keyOf(organisationId, read.id));
      const projection = { cycle: 1, billed: 1, changes: { $size: '$changes' } };
      const found = collection.find({ _id: { $in: keys } }, { session, projection });
      const now = new Map(
        (await found.toArray()).map((doc) => [
          doc._id.id,
          progressKey({ ...doc, billed: billedFromDoc(doc.billed) }),
        ]),
      );
      const going = steps.filter(({ read }) => now.get(read.id) === progressKey(read));
      if (going.length > 0)
        await collection.bulkWrite(
          alike(going, ({ after: { cycle, billed } }) => JSON.stringify([cycle, billed])).map(
            (group) => ({
              updateMany: {
                filter: { _id: { $in: group.map(({ read }) => keyOf(organisationId, read.id)) } },
                update: { $set: progressToDoc(group[0].after) },
              },
            }),
          ),
          { session, ordered: false },
        );
      return new Set(going.map(({ read }) => read.id));
    },
  };
}

function progressToDoc({ cycle, billed }: Step['after']) {
  return { cycle, billed: billedToDoc(billed) };
}

/** Equal exactly while it was neither billed nor changed. `changes`: the changes, or how many there are. */
function progressKey(of: {
  readonly cycle: number;
  readonly billed: Subscription['billed'];
  readonly changes: number | readonly unknown[];
}): string {
  const { cycle, billed, changes } = of;
  const changeCount = typeof changes === 'number' ? changes : changes.length;
  return JSON.stringify([cycle, changeCount, billed.untilMs, billed.bills]);
}

function lifeOf({ _id, accountId, startTime, endTime }: SubscriptionDoc): Life {
  return {
    id: _id.id as SubscriptionId,
    accountId: accountId as AccountId,
    startMs: msOf(startTime),
    ...(endTime === undefined ? {} : { endMs: msOf(endTime) }),
  };
}
