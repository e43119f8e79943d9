import type { OrganisationId } from '@billingrails/ids';
import { dateOf, msOf } from '@billingrails/mongo';
import { ObjectId, type Collection, type Filter } from 'mongodb';
import { keyOf } from '../../store/resource-collection';
import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';
import { togetherOf, type DueOfPayer, type Together } from '../domain/together';
import type { Claim, ClaimRules, ClaimTime, DueDoc } from './due-doc';

/** How long what waits for others of its payer is out of the way. */
const HOLD_MS = 500;

/** What is due as it was found, perhaps to be claimed. */
type Candidate = Pick<
  DueDoc,
  '_id' | 'attempts' | 'atTime' | 'payerId' | 'askedTime' | 'lookCount'
>;

type Claimed = Candidate & Pick<DueDoc, 'claimId'>;

/** What of a candidate is read. */
export const CANDIDATE = {
  ...{ attempts: 1, atTime: 1, payerId: 1, askedTime: 1, lookCount: 1 },
} as const;

/** Claims what of the candidates may be billed now, with all that is invoiced together with it. */
export type Take = (
  organisationId: OrganisationId,
  candidates: readonly Candidate[],
  time: ClaimTime,
) => Promise<Claim[]>;

/** How replicas claim what is due. */
export function claiming(
  collection: Collection<DueDoc>,
  subscriptions: SubscriptionStore,
  { claimMs, joinTries }: ClaimRules,
): Take {
  /** Claims what of the subscriptions is free; whoever else claims some at the same time has others. */
  const claimFree = async (
    organisationId: OrganisationId,
    ids: readonly string[],
    found: ReadonlyMap<string, Candidate>,
    { presentMs, nowMs }: ClaimTime,
  ): Promise<Claimed[]> => {
    if (ids.length === 0) return [];
    const claimId = new ObjectId();
    const _id = keysOf(organisationId, ids);
    const isFree = [{ dueTime: { $lte: dateOf(nowMs) } }, { isHeld: true }];
    const { modifiedCount } = await collection.updateMany(
      { _id, atTime: { $lte: dateOf(presentMs) }, $or: isFree },
      {
        $set: { dueTime: dateOf(nowMs + claimMs), claimId },
        $inc: { attempts: 1 },
        $unset: { isHeld: true },
      },
    );
    if (modifiedCount !== ids.length) return collection.find({ _id, claimId }).toArray();
    return ids.flatMap((id) => {
      const doc = found.get(id);
      return doc === undefined ? [] : [{ ...doc, attempts: doc.attempts + 1, claimId }];
    });
  };

  /** Of each group all or none: its first says who has it. */
  const claimGroups = async (
    organisationId: OrganisationId,
    groups: Together['groups'],
    found: ReadonlyMap<string, Candidate>,
    time: ClaimTime,
  ): Promise<Claimed[]> => {
    const firsts = groups.flatMap(([first]) => first ?? []);
    const docs = await claimFree(organisationId, firsts, found, time);
    const won = new Set(docs.map(({ _id }) => _id.id));
    const larger = groups.filter(([first, second]) => second !== undefined && won.has(first ?? ''));
    if (larger.length === 0) return docs;
    const others = larger.flatMap((group) => group.slice(1));
    docs.push(...(await claimFree(organisationId, others, found, time)));
    const claimed = new Set(docs.map(({ _id }) => _id.id));
    const broken = new Set(larger.filter((group) => group.some((id) => !claimed.has(id))).flat());
    await giveBack(
      docs.filter(({ _id }) => broken.has(_id.id)),
      time.nowMs,
    );
    return docs.filter(({ _id }) => !broken.has(_id.id));
  };

  /** As if they had not been claimed, but a little later. */
  const giveBack = async (docs: readonly Claimed[], nowMs: number) => {
    if (docs.length === 0) return;
    const writes = docs.map(({ _id, claimId }) => ({
      updateOne: {
        filter: { _id, claimId },
        update: {
          $set: { dueTime: dateOf(nowMs + HOLD_MS), isHeld: true },
          $inc: { attempts: -1 },
        },
      },
    }));
    await collection.bulkWrite(writes, { ordered: false });
  };

  return async (organisationId, candidates, time) => {
    if (candidates.length === 0) return [];
    const { presentMs, nowMs } = time;
    const found = new Map(candidates.map((doc) => [doc._id.id, doc]));
    const groups = candidates.flatMap(({ _id, payerId }) =>
      payerId === undefined ? [[_id.id]] : [],
    );
    const payerIds = [...new Set(candidates.flatMap(({ payerId }) => payerId ?? []))];
    if (payerIds.length > 0) {
      const filter = {
        '_id.organisationId': organisationId,
        payerId: { $in: payerIds },
        atTime: { $lte: dateOf(presentMs) },
      } as Filter<DueDoc>;
      const dues = await collection.find(filter).toArray();
      for (const doc of dues) found.set(doc._id.id, doc);
      const together = togetherOf(
        dues.flatMap((doc) => ofPayer(doc, nowMs)),
        joinTries,
      );
      groups.push(...together.groups.map((group) => [...group]));
      if (together.behind.length > 0)
        await collection.updateMany(
          { _id: keysOf(organisationId, together.behind), dueTime: { $lte: dateOf(nowMs) } },
          { $set: { dueTime: dateOf(nowMs + HOLD_MS), isHeld: true } },
        );
    }
    const docs = await claimGroups(organisationId, groups, found, time);
    const ids = docs.map(({ _id }) => _id.id);
    const subscribed = await subscriptions.findMany(organisationId, ids);
    return docs.flatMap((doc): Claim[] => {
      const { _id, attempts, atTime, payerId, lookCount = 0 } = doc;
      const subscription = subscribed.get(_id.id);
      if (subscription === undefined) return [];
      const atMs = msOf(atTime);
      const joint =
        payerId !== undefined && !isAlone(doc) ? { jointKey: `${payerId}/${atMs}` } : {};
      return [{ organisationId, subscription, attempts, atMs, lookCount, ...joint }];
    });
  };
}

/** Of subscriptions by their ids. */
export function keysOf(organisationId: OrganisationId, ids: readonly string[]) {
  return { $in: ids.map((id) => keyOf(organisationId, id)) };
}

function isAlone({ atTime, askedTime }: Candidate): boolean {
  return askedTime !== undefined && atTime <= askedTime;
}

function ofPayer(doc: DueDoc, nowMs: number): DueOfPayer[] {
  const { _id, payerId, atTime, dueTime, attempts, isHeld } = doc;
  if (payerId === undefined) return [];
  const isFree = isHeld === true || msOf(dueTime) <= nowMs;
  const atMs = msOf(atTime);
  return [{ subscriptionId: _id.id, payerId, atMs, attempts, isAlone: isAlone(doc), isFree }];
}
