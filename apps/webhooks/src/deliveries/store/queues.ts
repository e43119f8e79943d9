import type { OrganisationId, WebhookEndpointId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import type { Queue } from '../domain/queue';

interface QueueDoc {
  _id: WebhookEndpointId;
  organisationId: OrganisationId;
  /** Whether anything is queued and sent: the endpoint is not disabled. */
  open: boolean;
  lastSequence: number;
  queued: number;
  failedTurns: number;
  /** Whether `failedTurns` is above 0, for the index. */
  failing: boolean;
  failingSinceTime?: Date;
  /** When something is to be sent next. Unset: nothing waits. */
  nextTime?: Date;
  /** Until when a replica has the queue for itself. */
  claimTime: Date;
  claimOwner: string;
}

/** Which queue a replica asks for. */
export interface QueueClaim {
  /** Unique to a replica. */
  readonly owner: string;
  /** Whether of those that fail. */
  readonly failing: boolean;
  readonly nowMs: number;
  /** For how long it is claimed. */
  readonly ttlMs: number;
}

/** How a turn ended. */
export interface TurnEnd {
  readonly failedTurns: number;
  /** Since when nothing has come through. Of turns that overlapped, the earliest stays. Unset: nothing was tried. */
  readonly failingSinceMs?: number;
  /** Whether something came through, so that it does not fail. */
  readonly recovered: boolean;
  /** When something is to be sent next. Unset: nothing waits. */
  readonly nextMs?: number;
}

/**
 * The collection `queues`, one document an endpoint: who sends to it now, and when something is to be sent. It stands
 * beside `endpoints` as it changes with every event, and these hardly ever.
 */
export interface QueueStore {
  insert(
    queue: Pick<Queue, 'endpointId' | 'organisationId'> & { readonly open: boolean },
    session: ClientSession,
  ): Promise<void>;
  /** Those of endpoints, by endpoint. */
  of(
    organisationId: OrganisationId,
    ids: readonly WebhookEndpointId[],
    session?: ClientSession,
  ): Promise<Map<WebhookEndpointId, Queue>>;
  /** Takes the next `count` sequences of an open queue, and wakes it; the first of them. Undefined: it is not open. */
  take(
    id: WebhookEndpointId,
    count: number,
    nowMs: number,
    session: ClientSession,
  ): Promise<number | undefined>;
  /** Says that something of it is to be sent now. */
  wake(id: WebhookEndpointId, nowMs: number, session: ClientSession): Promise<void>;
  /** Opens a queue as if it had never failed, or closes it. */
  setOpen(
    id: WebhookEndpointId,
    open: boolean,
    nowMs: number,
    session: ClientSession,
  ): Promise<void>;
  delete(id: WebhookEndpointId, session: ClientSession): Promise<void>;
  /** The queue that waits the longest, for this replica alone until the claim ends. Undefined: none is to be sent. */
  claim(claim: QueueClaim): Promise<Queue | undefined>;
  /** Gives a queue back. False: something was queued since `queued` was read, so that it must be looked at again. */
  release(queue: Queue, owner: string, end: TurnEnd): Promise<boolean>;
  /** `queued` as it is now, of a queue that this replica has. Undefined: it has it no longer. */
  queuedOf(queue: Queue, owner: string): Promise<number | undefined>;
  /** How many queues wait to be sent, and since when the first does. */
  waiting(nowMs: number): Promise<{ readonly count: number; readonly sinceMs?: number }>;
  /** How many endpoints fail. */
  countFailing(): Promise<number>;
}

const QUEUES = 'queues';
const NEVER = dateOf(0);

/** By endpoint, and by when something is to be sent: those that fail apart from the others. */
export const QUEUE_INDEXES = [
  { collection: QUEUES, key: { failing: 1, nextTime: 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the queues. */
export function queueStore(db: Db): QueueStore {
  const collection = db.collection<QueueDoc>(QUEUES);
  return {
    async insert({ endpointId, organisationId, open }, session) {
      const counts = { lastSequence: 0, queued: 0, failedTurns: 0, failing: false };
      const unclaimed = { claimTime: NEVER, claimOwner: '' };
      const doc = { _id: endpointId, organisationId, open, ...counts, ...unclaimed };
      await collection.insertOne(doc, { session });
    },
    async of(organisationId, ids, session) {
      const options = session === undefined ? {} : { session };
      const found = collection.find({ _id: { $in: [...ids] }, organisationId }, options);
      return new Map((await found.toArray()).map((doc) => [doc._id, fromDoc(doc)]));
    },
    async take(id, count, nowMs, session) {
      const doc = await collection.findOneAndUpdate(
        { _id: id, open: true },
        { $inc: { lastSequence: count, queued: 1 }, $min: { nextTime: dateOf(nowMs) } },
        { session },
      );
      return doc === null ? undefined : doc.lastSequence + 1;
    },
    async wake(id, nowMs, session) {
      const update = { $inc: { queued: 1 }, $min: { nextTime: dateOf(nowMs) } };
      await collection.updateOne({ _id: id, open: true }, update, { session });
    },
    async setOpen(id, open, nowMs, session) {
      const update = open
        ? {
            $set: { open, failedTurns: 0, failing: false, nextTime: dateOf(nowMs) },
            $unset: { failingSinceTime: true } as const,
          }
        : { $set: { open }, $unset: { nextTime: true } as const };
      await collection.updateOne({ _id: id }, { ...update, $inc: { queued: 1 } }, { session });
    },
    async delete(id, session) {
      await collection.deleteOne({ _id: id }, { session });
    },
    async claim({ owner, failing, nowMs, ttlMs }) {
      const now = dateOf(nowMs);
      const doc = await collection.findOneAndUpdate(
        { failing, nextTime: { $lte: now }, claimTime: { $lte: now } },
        { $set: { claimOwner: owner, claimTime: dateOf(nowMs + ttlMs) } },
        { sort: { nextTime: 1 }, returnDocument: 'after' },
      );
      return doc === null ? undefined : fromDoc(doc);
    },
    async release({ endpointId, queued }, owner, end) {
      const { failedTurns, failingSinceMs, recovered, nextMs } = end;
      const set = { failedTurns, failing: failedTurns > 0, claimTime: NEVER, claimOwner: '' };
      const since = failingSinceMs === undefined ? undefined : dateOf(failingSinceMs);
      const { matchedCount } = await collection.updateOne(
        { _id: endpointId, claimOwner: owner, queued },
        {
          $set: {
            ...set,
            ...(nextMs === undefined ? {} : { nextTime: dateOf(nextMs) }),
          },
          ...(since && { $min: { failingSinceTime: since } }),
          $unset: {
            ...(recovered && { failingSinceTime: true as const }),
            ...(nextMs === undefined && { nextTime: true as const }),
          },
        },
      );
      return matchedCount === 1;
    },
    async queuedOf({ endpointId }, owner) {
      const filter = { _id: endpointId, claimOwner: owner };
      return (await collection.findOne(filter, { projection: { queued: 1 } }))?.queued;
    },
    async waiting(nowMs) {
      const filter = { failing: { $in: [false, true] }, nextTime: { $lte: dateOf(nowMs) } };
      const [first] = await Promise.all(
        [false, true].map((failing) =>
          collection
            .find({ failing, nextTime: { $lte: dateOf(nowMs) } })
            .sort({ nextTime: 1 })
            .limit(1)
            .toArray(),
        ),
      ).then((found) => found.flat().sort(byNextTime));
      const count = await collection.countDocuments(filter);
      return { count, ...(first?.nextTime && { sinceMs: msOf(first.nextTime) }) };
    },
    countFailing: () => collection.countDocuments({ failing: true }),
  };
}

function byNextTime(a: QueueDoc, b: QueueDoc): number {
  return msOf(a.nextTime ?? NEVER) - msOf(b.nextTime ?? NEVER);
}

function fromDoc({ _id, failingSinceTime, ...doc }: QueueDoc): Queue {
  const { organisationId, lastSequence, queued, failedTurns } = doc;
  return {
    ...{ endpointId: _id, organisationId, lastSequence, queued, failedTurns },
    ...(failingSinceTime && { failingSinceMs: msOf(failingSinceTime) }),
  };
}
