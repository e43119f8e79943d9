import type { OrganisationId, WebhookDeliveryId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import { KEPT_MS, type WebhookEventId } from '../../events/domain/webhook-event';
import {
  ATTEMPTS_KEPT,
  type Attempt,
  type Delivery,
  type DeliveryStatus,
} from '../domain/delivery';

interface AttemptDoc extends Omit<Attempt, 'startMs' | 'durationMs'> {
  startTime: Date;
  /** In milliseconds. */
  duration: number;
}

interface DeliveryDoc extends Omit<
  Delivery,
  'id' | 'attempts' | 'firstTryMs' | 'nextMs' | 'createMs'
> {
  _id: WebhookDeliveryId;
  attempts: AttemptDoc[];
  firstTryTime?: Date;
  nextTime?: Date;
  createTime: Date;
}

/** What becomes of a delivery after an attempt. */
export type Next =
  | { readonly status: 'pending'; readonly nextMs: number }
  | { readonly status: 'delivered' | 'failed' };

type Endpoint = Pick<Delivery, 'organisationId' | 'endpointId'>;

/** The collection `deliveries`, one document for an event and an endpoint; kept for 30 days. */
export interface DeliveryStore {
  find(
    organisationId: OrganisationId,
    id: WebhookDeliveryId,
    session?: ClientSession,
  ): Promise<Delivery | undefined>;
  /** Those of an endpoint, the newest first by sequence. */
  list(
    of: Endpoint,
    query: {
      readonly status?: DeliveryStatus;
      readonly beforeSequence?: number;
      readonly limit: number;
    },
  ): Promise<Delivery[]>;
  /** Those of events to an endpoint, by event. */
  ofEvents(
    of: Endpoint,
    ids: readonly WebhookDeliveryId[],
    session: ClientSession,
  ): Promise<Map<WebhookEventId, Delivery>>;
  insertMany(deliveries: readonly Delivery[], session: ClientSession): Promise<void>;
  /** Makes them pending as if they had never been sent. */
  requeue(
    of: Endpoint,
    ids: readonly WebhookDeliveryId[],
    nowMs: number,
    session: ClientSession,
  ): Promise<void>;
  /** The pending ones whose time has come, in the order in which they are to be sent. */
  due(of: Endpoint, nowMs: number, limit: number): Promise<Delivery[]>;
  /** When the first pending one is to be sent. Undefined: none is pending. */
  earliestMs(of: Endpoint): Promise<number | undefined>;
  /** Adds an attempt to a pending one; one that somebody else has delivered meanwhile stays so. */
  record(delivery: Delivery, attempt: Attempt, next: Next): Promise<void>;
  /** Ends one whose event is gone. */
  giveUp(delivery: Delivery): Promise<void>;
  /** Deletes those of a test account. */
  deleteOfTestAccount(organisationId: OrganisationId, accountId: string): Promise<void>;
}

const DELIVERIES = 'deliveries';
const PENDING = { status: 'pending' } as const;

/** In their endpoint by sequence, also of one status, and the pending ones by time. */
export const DELIVERY_INDEXES = [
  { collection: DELIVERIES, key: { organisationId: 1, endpointId: 1, sequence: 1 }, unique: true },
  { collection: DELIVERIES, key: { organisationId: 1, endpointId: 1, status: 1, sequence: 1 } },
  {
    collection: DELIVERIES,
    key: { organisationId: 1, endpointId: 1, nextTime: 1, sequence: 1 },
    partialFilterExpression: PENDING,
  },
  { collection: DELIVERIES, key: { createTime: 1 }, expireAfterSeconds: KEPT_MS / 1_000 },
  {
    collection: DELIVERIES,
    key: { organisationId: 1, accountId: 1 },
    partialFilterExpression: { isTest: true },
  },
] as const satisfies readonly IndexSpec[];

/** Opens the deliveries. */
export function deliveryStore(db: Db): DeliveryStore {
  const collection = db.collection<DeliveryDoc>(DELIVERIES);
  return {
    async find(organisationId, id, session) {
      const options = session === undefined ? {} : { session };
      const doc = await collection.findOne({ _id: id, organisationId }, options);
      return doc === null ? undefined : fromDoc(doc);
    },
    async list({ organisationId, endpointId }, { status, beforeSequence, limit }) {
      const filter = {
        ...{ organisationId, endpointId },
        ...(status === undefined ? {} : { status }),
        ...(beforeSequence === undefined ? {} : { sequence: { $lt: beforeSequence } }),
      };
      const docs = await collection.find(filter).sort({ sequence: -1 }).limit(limit).toArray();
      return docs.map(fromDoc);
    },
    async ofEvents({ organisationId }, ids, session) {
      const found = collection.find({ _id: { $in: [...ids] }, organisationId }, { session });
      return new Map((await found.toArray()).map((doc) => [doc.eventId, fromDoc(doc)]));
    },
    async insertMany(deliveries, session) {
      if (deliveries.length > 0) await collection.insertMany(deliveries.map(toDoc), { session });
    },
    async requeue({ organisationId }, ids, nowMs, session) {
      await collection.updateMany(
        { _id: { $in: [...ids] }, organisationId },
        { $set: { ...PENDING, tries: 0, nextTime: dateOf(nowMs) }, $unset: { firstTryTime: true } },
        { session },
      );
    },
    async due({ organisationId, endpointId }, nowMs, limit) {
      const docs = await collection
        .find({ organisationId, endpointId, ...PENDING, nextTime: { $lte: dateOf(nowMs) } })
        .sort({ nextTime: 1, sequence: 1 })
        .hint({ organisationId: 1, endpointId: 1, nextTime: 1, sequence: 1 })
        .limit(limit)
        .toArray();
      return docs.map(fromDoc);
    },
    async earliestMs({ organisationId, endpointId }) {
      const [doc] = await collection
        .find({ organisationId, endpointId, ...PENDING, nextTime: { $gte: dateOf(0) } })
        .sort({ nextTime: 1, sequence: 1 })
        .hint({ organisationId: 1, endpointId: 1, nextTime: 1, sequence: 1 })
        .limit(1)
        .toArray();
      return doc?.nextTime && msOf(doc.nextTime);
    },
    async record({ id, organisationId, firstTryMs }, attempt, next) {
      const first = firstTryMs === undefined && { firstTryTime: dateOf(attempt.startMs) };
      const nextTime = next.status === 'pending' && { nextTime: dateOf(next.nextMs) };
      await collection.updateOne(
        { _id: id, organisationId, ...PENDING },
        {
          $set: { status: next.status, ...first, ...nextTime },
          $inc: { attemptCount: 1, tries: 1 },
          $push: { attempts: { $each: [attemptToDoc(attempt)], $slice: -ATTEMPTS_KEPT } },
          ...(nextTime === false && { $unset: { nextTime: true } }),
        },
      );
    },
    async giveUp({ id, organisationId }) {
      const update = { $set: { status: 'failed' }, $unset: { nextTime: true } } as const;
      await collection.updateOne({ _id: id, organisationId, ...PENDING }, update);
    },
    async deleteOfTestAccount(organisationId, accountId) {
      await collection.deleteMany({ organisationId, accountId, isTest: true });
    },
  };
}

function toDoc(delivery: Delivery): DeliveryDoc {
  const { id, attempts, firstTryMs, nextMs, createMs, ...rest } = delivery;
  return {
    ...{ _id: id, ...rest, attempts: attempts.map(attemptToDoc), createTime: dateOf(createMs) },
    ...(firstTryMs === undefined ? {} : { firstTryTime: dateOf(firstTryMs) }),
    ...(nextMs === undefined ? {} : { nextTime: dateOf(nextMs) }),
  };
}

function fromDoc(doc: DeliveryDoc): Delivery {
  const { _id, attempts, firstTryTime, nextTime, createTime, ...rest } = doc;
  return {
    ...{ id: _id, ...rest, attempts: attempts.map(attemptFromDoc), createMs: msOf(createTime) },
    ...(firstTryTime && { firstTryMs: msOf(firstTryTime) }),
    ...(nextTime && { nextMs: msOf(nextTime) }),
  };
}

function attemptToDoc({ startMs, durationMs, ...rest }: Attempt): AttemptDoc {
  const { outcome, httpStatus, response, errorCode } = rest;
  const times = { startTime: dateOf(startMs), duration: durationMs };
  return { ...times, outcome, httpStatus, response, errorCode };
}

function attemptFromDoc({ startTime, duration, ...rest }: AttemptDoc): Attempt {
  return { startMs: msOf(startTime), durationMs: duration, ...rest };
}
