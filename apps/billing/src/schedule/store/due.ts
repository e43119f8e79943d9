import type { OrganisationId, SubscriptionId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';
import type { ClockKind } from '../../clocks/store/clocks';
import { keyOf, type Key } from '../../store/resource-collection';
import type { Subscription } from '../../subscriptions/domain/subscription';
import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';

/** What is due of a subscription. There is none where nothing will be. */
interface DueDoc {
  _id: Key;
  /** Which scheduler bills it. An organisation's clock is of one kind for ever. */
  clock: ClockKind;
  /** When it falls due, by the organisation's clock. */
  atMs: number;
  /**
   * Before this real time no scheduler tries to bill it: when it falls due and the settling time is over (0 on a test
   * clock), or later while a replica has claimed it or after a failure.
   */
  dueMs: number;
  /** How often billing it was tried. */
  attempts: number;
}

/** A subscription of which something is due, kept for one replica until the claim runs out. */
export interface Claim {
  readonly organisationId: OrganisationId;
  readonly subscription: Subscription;
  /** How often billing it was tried, with this time. */
  readonly attempts: number;
  /** When it fell due, by the organisation's clock. */
  readonly atMs: number;
}

/** When a subscription falls due. */
export interface DueTimes {
  /** By what its organisation lives. */
  readonly clock: ClockKind;
  /** By the organisation's clock. */
  readonly atMs: number;
  /** By the real time, from when on it may be tried. */
  readonly dueMs: number;
}

/**
 * The collection `due`. Claims keep replicas from doing the same work at the same time. Nothing rests on them: whose
 * claim ran out may still commit, and of two that do the compare-and-set on the subscription lets one through.
 */
export interface DueStore {
  /** Undefined: nothing will be due any more. */
  set(
    organisationId: OrganisationId,
    id: SubscriptionId,
    times: DueTimes | undefined,
    session: ClientSession,
  ): Promise<void>;
  /** Whether something that fell due by `presentMs` is not billed. */
  hasDue(
    organisationId: OrganisationId,
    presentMs: number,
    session?: ClientSession,
  ): Promise<boolean>;
  /** How many fell due by `atMs` of the real time and are not billed, and when the first of these did. */
  overdue(atMs: number): Promise<{ readonly count: number; readonly firstMs: number | undefined }>;
  /** The longest due subscription of the organisations that live by the real time. */
  claimRealTime(nowMs: number): Promise<Claim | undefined>;
  /** The one of an organisation on a test clock that fell due first by `presentMs`. */
  claimByTestClock(
    organisationId: OrganisationId,
    presentMs: number,
    nowMs: number,
  ): Promise<Claim | undefined>;
  /** The subscription of a claim that was processed, if more of it is due. `presentMs`: of the test clock. */
  claimNext(done: Claim, presentMs: number | undefined, nowMs: number): Promise<Claim | undefined>;
  /** Gives a claim back after a failure: not to be tried before `dueMs`. Does nothing if it was billed meanwhile. */
  postpone(claim: Claim, dueMs: number): Promise<void>;
}

const DUE = 'due';

/** The schedulers' queries: due by the real time, overdue by it, fallen due by an organisation's test clock. */
export const DUE_INDEXES = [
  { collection: DUE, key: { clock: 1, dueMs: 1 } },
  { collection: DUE, key: { clock: 1, atMs: 1 } },
  { collection: DUE, key: { '_id.organisationId': 1, atMs: 1, dueMs: 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens what is due; a claim lasts `claimMs`. */
export function dueStore(db: Db, subscriptions: SubscriptionStore, claimMs: number): DueStore {
  const collection = db.collection<DueDoc>(DUE);
  const claim = async (filter: Filter<DueDoc>, nowMs: number, sort: Record<string, 1>) => {
    const doc = await collection.findOneAndUpdate(
      { ...filter, dueMs: { $lte: nowMs } },
      { $set: { dueMs: nowMs + claimMs }, $inc: { attempts: 1 } },
      { sort, returnDocument: 'after' },
    );
    if (doc === null) return undefined;
    const { organisationId, id } = doc._id;
    const subscription = await subscriptions.find(organisationId, id);
    return subscription && { organisationId, subscription, attempts: doc.attempts, atMs: doc.atMs };
  };
  return {
    async set(organisationId, id, times, session) {
      const _id = keyOf(organisationId, id);
      if (times === undefined) await collection.deleteOne({ _id }, { session });
      else
        await collection.updateOne(
          { _id },
          { $set: { ...times, attempts: 0 } },
          { upsert: true, session },
        );
    },
    async hasDue(organisationId, presentMs, session) {
      const filter = { '_id.organisationId': organisationId, atMs: { $lte: presentMs } };
      const options = { projection: { _id: 1 }, ...(session === undefined ? {} : { session }) };
      return (await collection.findOne(filter, options)) !== null;
    },
    async overdue(atMs) {
      const filter = { clock: 'real', atMs: { $lte: atMs } } as const;
      const [count, first] = await Promise.all([
        collection.countDocuments(filter),
        collection.findOne(filter, { projection: { atMs: 1 }, sort: { atMs: 1 } }),
      ]);
      return { count, firstMs: first?.atMs };
    },
    claimRealTime: (nowMs) => claim({ clock: 'real' }, nowMs, { dueMs: 1 }),
    claimByTestClock: (organisationId, presentMs, nowMs) => {
      const filter = { '_id.organisationId': organisationId, atMs: { $lte: presentMs } };
      return claim(filter, nowMs, { atMs: 1 });
    },
    claimNext({ organisationId, subscription }, presentMs, nowMs) {
      const fallen = presentMs === undefined ? {} : { atMs: { $lte: presentMs } };
      return claim({ _id: keyOf(organisationId, subscription.id), ...fallen }, nowMs, { _id: 1 });
    },
    async postpone({ organisationId, subscription: { id }, atMs }, dueMs) {
      // After a bill it falls due at another time.
      await collection.updateOne({ _id: keyOf(organisationId, id), atMs }, { $set: { dueMs } });
    },
  };
}
