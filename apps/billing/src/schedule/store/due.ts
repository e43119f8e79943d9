import type { AccountId, OrganisationId, SubscriptionId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import {
  ObjectId,
  type AnyBulkWriteOperation,
  type ClientSession,
  type Db,
  type Filter,
} from 'mongodb';
import type { ClockName } from '../../clocks/domain/clock-name';
import { alike } from '../../store/alike';
import { keyOf } from '../../store/resource-collection';
import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';
import { CANDIDATE, claiming, keysOf } from './claiming';
import type { Claim, ClaimRules, ClaimTime, DueDoc } from './due-doc';

/** When a subscription falls due. */
export interface DueTimes {
  /** By what it falls due. */
  readonly clock: ClockName;
  /** By the organisation's clock. */
  readonly atMs: number;
  /** By the real time, from when on it may be tried. */
  readonly dueMs: number;
  /** Its account, where usage of its running cycle is watched. Unset: it is not. */
  readonly watchedAccountId?: AccountId;
}

/**
 * The collection `due`. Claims keep replicas from doing the same work at the same time. Nothing rests on them: whose
 * claim ran out may still commit, and of two that do the compare-and-set on the subscription lets one through.
 */
export interface DueStore {
  /**
   * When each falls due once it was billed; undefined: nothing will be due of it any more. Whoever owes its bills goes
   * on doing so.
   */
  set(
    organisationId: OrganisationId,
    dues: readonly { readonly id: SubscriptionId; readonly times: DueTimes | undefined }[],
    session: ClientSession,
  ): Promise<void>;
  /**
   * Lets the schedulers look at once at what falls due within `withinMs` from the organisation's present on: rules have
   * changed. What is not due after all is put back. `ids` unset: of all subscriptions.
   */
  wake(
    organisationId: OrganisationId,
    ids: readonly SubscriptionId[] | undefined,
    presentMs: number,
    withinMs: number,
  ): Promise<void>;
  /**
   * When one falls due after something was asked for, and who owes its bills, where these may be invoiced together with
   * others. Where that is another time than before, what falls due by the present is an invoice by itself: whether
   * others fall due with it would depend on who was faster.
   */
  reset(
    organisationId: OrganisationId,
    due: {
      readonly id: SubscriptionId;
      readonly times: DueTimes | undefined;
      readonly payerId: string | undefined;
      readonly presentMs: number;
    },
    session: ClientSession,
  ): Promise<void>;
  /** Those of the accounts whose running cycle's usage is watched. */
  watched(
    organisationId: OrganisationId,
    accountIds: readonly AccountId[],
  ): Promise<SubscriptionId[]>;
  /** How often each was to be looked at for what was told of its usage. */
  lookCounts(
    organisationId: OrganisationId,
    ids: readonly SubscriptionId[],
    session: ClientSession,
  ): Promise<Map<string, number>>;
  /**
   * Lets the schedulers look at watched subscriptions at once, by the present of their clock. Of one that is being
   * billed just now it is remembered.
   */
  look(
    organisationId: OrganisationId,
    ids: readonly SubscriptionId[],
    presentMs: number,
  ): Promise<void>;
  /** The same of all watched ones that live by a clock. */
  lookAtAll(
    organisationId: OrganisationId,
    clock: ClockName,
    presentMs: number,
    session: ClientSession,
  ): Promise<void>;
  /** Who owes the bills of subscriptions, where these may be invoiced together with others. */
  setPayer(
    organisationId: OrganisationId,
    ids: readonly SubscriptionId[],
    payerId: string | undefined,
    session: ClientSession,
  ): Promise<void>;
  /** Whether something that fell due by the present of a clock is not billed. */
  hasDue(
    organisationId: OrganisationId,
    present: Pick<ClaimTime, 'clock' | 'presentMs'>,
    session?: ClientSession,
  ): Promise<boolean>;
  /** How many fell due by `atMs` of the real time and are not billed, and when the first of these did. */
  overdue(atMs: number): Promise<{ readonly count: number; readonly firstMs: number | undefined }>;
  /** The organisations that live by the real time and of which something may be claimed. */
  organisationsDue(nowMs: number): Promise<OrganisationId[]>;
  /**
   * Subscriptions of an organisation of which something fell due by the clock, the longest due first; at most
   * `limit`, and fewer, or none, where other replicas claim at the same time. Of bills that are invoiced together all
   * or none, also beyond the limit.
   */
  claim(organisationId: OrganisationId, present: ClaimTime, limit: number): Promise<Claim[]>;
  /** Those of an organisation's claims that were billed of which more is due. */
  claimNext(
    organisationId: OrganisationId,
    billed: readonly Claim[],
    present: ClaimTime,
  ): Promise<Claim[]>;
  /** Gives claims back after a failure: not to be tried before `dueMs`. Leaves what was billed meanwhile. */
  postpone(
    organisationId: OrganisationId,
    later: readonly { readonly claim: Claim; readonly dueMs: number }[],
  ): Promise<void>;
}

const DUE = 'due';

/**
 * The schedulers' queries: who has anything due by the real time, what is overdue by it, what fell due of one, and of
 * one payer; and whose usage is watched.
 */
export const DUE_INDEXES = [
  { collection: DUE, key: { clock: 1, '_id.organisationId': 1, dueTime: 1 } },
  { collection: DUE, key: { clock: 1, atTime: 1 } },
  { collection: DUE, key: { '_id.organisationId': 1, clock: 1, atTime: 1, dueTime: 1 } },
  { collection: DUE, key: { '_id.organisationId': 1, payerId: 1, atTime: 1 } },
  {
    collection: DUE,
    key: { '_id.organisationId': 1, watchedAccountId: 1 },
    partialFilterExpression: { watchedAccountId: { $exists: true } },
  },
] as const satisfies readonly IndexSpec[];

/** Opens what is due. */
export function dueStore(db: Db, subscriptions: SubscriptionStore, rules: ClaimRules): DueStore {
  const collection = db.collection<DueDoc>(DUE);
  const take = claiming(collection, subscriptions, rules);
  const candidates = (filter: Filter<DueDoc>) => collection.find(filter, { projection: CANDIDATE });
  return {
    async set(organisationId, dues, session) {
      const groups = alike(dues, ({ times }) => JSON.stringify(times) ?? '');
      const writes = groups.map((group): AnyBulkWriteOperation<DueDoc> => {
        const [first] = group;
        const keys = group.map(({ id }) => keyOf(organisationId, id));
        if (first.times === undefined) return { deleteMany: { filter: { _id: { $in: keys } } } };
        const update = updateTo(first.times);
        return group.length === 1
          ? {
              updateOne: { filter: { _id: keyOf(organisationId, first.id) }, update, upsert: true },
            }
          : { updateMany: { filter: { _id: { $in: keys } }, update } };
      });
      const { matchedCount, upsertedCount } = await collection.bulkWrite(writes, {
        session,
        ordered: false,
      });
      const kept = dues.flatMap(({ id, times }) => (times === undefined ? [] : [{ id, times }]));
      if (matchedCount + upsertedCount === kept.length) return;
      // Of some nothing was due before.
      const upserts = kept.map(({ id, times }) => {
        const filter = { _id: keyOf(organisationId, id) };
        return { updateOne: { filter, update: updateTo(times), upsert: true } };
      });
      await collection.bulkWrite(upserts, { session, ordered: false });
    },
    async wake(organisationId, ids, presentMs, withinMs) {
      const which =
        ids === undefined
          ? { '_id.organisationId': organisationId }
          : { _id: { $in: ids.map((id) => keyOf(organisationId, id)) } };
      const soon = { $gt: dateOf(presentMs), $lte: dateOf(presentMs + withinMs) };
      await collection.updateMany({ ...which, atTime: soon } as Filter<DueDoc>, {
        $set: { atTime: dateOf(presentMs) },
        $min: { dueTime: dateOf(presentMs) },
      });
    },
    async reset(organisationId, { id, times, payerId, presentMs }, session) {
      const filter = { _id: keyOf(organisationId, id) };
      if (times === undefined) {
        await collection.deleteOne(filter, { session });
        return;
      }
      const asBefore = { $eq: ['$atTime', dateOf(times.atMs)] };
      const kept = (field: string, otherwise: unknown) => ({
        $cond: [asBefore, { $ifNull: [`$${field}`, otherwise] }, otherwise],
      });
      const update = [
        {
          $set: {
            ...timesToDoc(times),
            ...(times.watchedAccountId && {
              watchedAccountId: { $literal: times.watchedAccountId },
            }),
            attempts: kept('attempts', 0),
            askedTime: kept('askedTime', dateOf(presentMs)),
            claimId: new ObjectId(),
            ...(payerId === undefined ? {} : { payerId: { $literal: payerId } }),
          },
        },
        {
          $unset: [
            ...['isHeld', ...(payerId === undefined ? ['payerId'] : [])],
            ...(times.watchedAccountId === undefined ? ['watchedAccountId'] : []),
          ],
        },
      ];
      await collection.updateOne(filter, update, { session, upsert: true });
    },
    async watched(organisationId, accountIds) {
      const watchedAccountId = { $in: [...accountIds] };
      const filter = { '_id.organisationId': organisationId, watchedAccountId };
      const found = collection.find(filter as Filter<DueDoc>, { projection: { _id: 1 } });
      return (await found.toArray()).map(({ _id }) => _id.id as SubscriptionId);
    },
    async lookCounts(organisationId, ids, session) {
      const projection = { lookCount: 1 } as const;
      const found = collection.find({ _id: keysOf(organisationId, ids) }, { session, projection });
      return new Map((await found.toArray()).map(({ _id, lookCount = 0 }) => [_id.id, lookCount]));
    },
    async look(organisationId, ids, presentMs) {
      if (ids.length === 0) return;
      await collection.updateMany({ _id: keysOf(organisationId, ids) }, lookUpdate(presentMs));
    },
    async lookAtAll(organisationId, clock, presentMs, session) {
      const watchedAccountId = { $exists: true };
      const filter = { '_id.organisationId': organisationId, clock, watchedAccountId };
      await collection.updateMany(filter as Filter<DueDoc>, lookUpdate(presentMs), { session });
    },
    async setPayer(organisationId, ids, payerId, session) {
      const update =
        payerId === undefined ? { $unset: { payerId: true as const } } : { $set: { payerId } };
      const filter = { _id: keysOf(organisationId, ids) };
      if (ids.length > 0) await collection.updateMany(filter, update, { session });
    },
    async hasDue(organisationId, { clock, presentMs }, session) {
      const atTime = { $lte: dateOf(presentMs) };
      const filter = { '_id.organisationId': organisationId, clock, atTime };
      const options = { projection: { _id: 1 }, ...(session === undefined ? {} : { session }) };
      return (await collection.findOne(filter, options)) !== null;
    },
    async overdue(atMs) {
      const filter = { clock: 'real', atTime: { $lte: dateOf(atMs) } } as const;
      const [count, first] = await Promise.all([
        collection.countDocuments(filter),
        collection.findOne(filter, { projection: { atTime: 1 }, sort: { atTime: 1 } }),
      ]);
      return { count, firstMs: first === null ? undefined : msOf(first.atTime) };
    },
    async organisationsDue(nowMs) {
      const filter = { clock: 'real', dueTime: { $lte: dateOf(nowMs) } } as const;
      return collection.distinct('_id.organisationId', filter);
    },
    async claim(organisationId, present, limit) {
      const { clock } = present;
      const filter = { '_id.organisationId': organisationId, clock, ...fallen(present) };
      const first = candidates(filter as Filter<DueDoc>)
        .sort({ atTime: 1 })
        .limit(limit);
      return take(organisationId, await first.toArray(), present);
    },
    async claimNext(organisationId, billed, present) {
      const keys = billed.map(({ subscription }) => keyOf(organisationId, subscription.id));
      if (keys.length === 0) return [];
      const found = candidates({ _id: { $in: keys }, ...fallen(present) });
      return take(organisationId, await found.toArray(), present);
    },
    async postpone(organisationId, later) {
      if (later.length === 0) return;
      const writes = later.map(({ claim: { subscription, atMs }, dueMs }) => {
        // After a bill it falls due at another time.
        const filter = { _id: keyOf(organisationId, subscription.id), atTime: dateOf(atMs) };
        return { updateOne: { filter, update: { $set: { dueTime: dateOf(dueMs) } } } };
      });
      await collection.bulkWrite(writes, { ordered: false });
    },
  };
}

function updateTo(times: DueTimes) {
  // An update that changes nothing collides with no claim, which would then last though what it took has changed.
  const fresh = { ...timesToDoc(times), attempts: 0, claimId: new ObjectId() };
  const isWatched = times.watchedAccountId !== undefined;
  const gone = isWatched ? {} : { watchedAccountId: true as const };
  return { $set: fresh, $unset: { isHeld: true as const, ...gone } };
}

function timesToDoc({ clock, atMs, dueMs, watchedAccountId }: DueTimes) {
  const watched = watchedAccountId === undefined ? {} : { watchedAccountId };
  return { clock, atTime: dateOf(atMs), dueTime: dateOf(dueMs), ...watched };
}

/** What falls due later falls due now, and may be tried. */
function lookUpdate(presentMs: number) {
  const present = dateOf(presentMs);
  const isLater = { $gt: ['$atTime', present] };
  return [
    {
      $set: {
        lookCount: { $add: [{ $ifNull: ['$lookCount', 0] }, 1] },
        atTime: { $min: ['$atTime', present] },
        dueTime: { $cond: [isLater, { $min: ['$dueTime', present] }, '$dueTime'] },
      },
    },
  ];
}

/** What fell due by the organisation's present and is free by the real time. */
function fallen({ presentMs, nowMs }: ClaimTime) {
  return { atTime: { $lte: dateOf(presentMs) }, dueTime: { $lte: dateOf(nowMs) } };
}
