import type { OrganisationId } from '@billingrails/ids';
import type { Collection, Filter } from 'mongodb';
import type { Subscription } from '../subscriptions/domain/subscription';
import { keyOf } from '../store/resource-collection';
import { subscriptionFromDoc, type SubscriptionDoc } from '../subscriptions/store/subscriptions';

/** A subscription whose current cycle ended, kept for one replica until the claim runs out. */
export interface Claim {
  readonly organisationId: OrganisationId;
  readonly subscription: Subscription;
  /** How often closing this cycle was tried, with this time. */
  readonly attempts: number;
}

/**
 * Claims keep replicas from doing the same work at the same time. Nothing rests on them: whose claim ran out may
 * still commit, and of two that do the compare-and-set lets one through.
 */
export interface ClaimStore {
  /** The longest due subscription of the organisations that live by the real time. */
  claimRealTime(nowMs: number): Promise<Claim | undefined>;
  /** The one of an organisation on a test clock whose cycle ended first by `presentMs`. */
  claimByTestClock(
    organisationId: OrganisationId,
    presentMs: number,
    nowMs: number,
  ): Promise<Claim | undefined>;
  /** The subscription of a claim that was worked off, if its next cycle is due as well. `presentMs`: of the test clock. */
  claimNext(done: Claim, presentMs: number | undefined, nowMs: number): Promise<Claim | undefined>;
  /** Gives a claim back after a failure: not to be tried before `dueMs`. Does nothing if the cycle was closed. */
  postpone(claim: Claim, dueMs: number): Promise<void>;
}

/** Opens the claims on `subscriptions`; each lasts `claimMs`. */
export function claimStore(collection: Collection<SubscriptionDoc>, claimMs: number): ClaimStore {
  const claim = async (filter: Filter<SubscriptionDoc>, nowMs: number, sort: Record<string, 1>) => {
    const doc = await collection.findOneAndUpdate(
      { ...filter, dueMs: { $lte: nowMs } },
      { $set: { dueMs: nowMs + claimMs }, $inc: { attempts: 1 } },
      { sort, returnDocument: 'after' },
    );
    return doc === null ? undefined : fromDoc(doc);
  };
  return {
    claimRealTime: (nowMs) => claim({ clock: 'real' }, nowMs, { dueMs: 1 }),
    claimByTestClock: (organisationId, presentMs, nowMs) =>
      claim({ '_id.organisationId': organisationId, nextCloseMs: { $lte: presentMs } }, nowMs, {
        nextCloseMs: 1,
      }),
    claimNext({ organisationId, subscription }, presentMs, nowMs) {
      const ended = presentMs === undefined ? {} : { nextCloseMs: { $lte: presentMs } };
      return claim({ _id: keyOf(organisationId, subscription.id), ...ended }, nowMs, { _id: 1 });
    },
    async postpone({ organisationId, subscription: { id, cycle } }, dueMs) {
      await collection.updateOne({ _id: keyOf(organisationId, id), cycle }, { $set: { dueMs } });
    },
  };
}

function fromDoc(doc: SubscriptionDoc): Claim {
  return {
    organisationId: doc._id.organisationId,
    subscription: subscriptionFromDoc(doc),
    attempts: doc.attempts,
  };
}
