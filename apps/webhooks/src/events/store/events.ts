import type { OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import { Binary, type ClientSession, type Db } from 'mongodb';
import { KEPT_MS, type WebhookEvent, type WebhookEventId } from '../domain/webhook-event';

interface WebhookEventDoc extends Pick<
  WebhookEvent,
  'organisationId' | 'type' | 'accountId' | 'objectId' | 'objectType' | 'isTest'
> {
  _id: WebhookEventId;
  object: Binary;
  occurTime: Date;
  createTime: Date;
}

/** Where a list of events by time goes on. */
export interface EventPosition {
  readonly createMs: number;
  readonly id: WebhookEventId;
}

/** The collection `events`: those of organisations that have endpoints, for 30 days. */
export interface WebhookEventStore {
  /** Which of these are stored. */
  known(events: readonly WebhookEvent[], session: ClientSession): Promise<Set<WebhookEventId>>;
  insertMany(events: readonly WebhookEvent[], session: ClientSession): Promise<void>;
  /** Those of an organisation, as many as come to `bytesMax`: where there are more, `isWhole` is false. */
  find(
    organisationId: OrganisationId,
    ids: readonly WebhookEventId[],
    bytesMax: number,
  ): Promise<{ readonly events: Map<WebhookEventId, WebhookEvent>; readonly isWhole: boolean }>;
  /** Those of `[startMs, endMs)` in the order in which they became known. */
  list(
    organisationId: OrganisationId,
    of: {
      readonly startMs: number;
      readonly endMs: number;
      readonly after?: EventPosition;
      readonly limit: number;
    },
    session: ClientSession,
  ): Promise<WebhookEvent[]>;
  /** Deletes those of a test account. */
  deleteOfTestAccount(organisationId: OrganisationId, accountId: string): Promise<void>;
}

const EVENTS = 'events';

/** By id, and in their organisation by time; few are of test accounts, whose events may be deleted. */
export const WEBHOOK_EVENT_INDEXES = [
  { collection: EVENTS, key: { organisationId: 1, createTime: 1, _id: 1 } },
  { collection: EVENTS, key: { createTime: 1 }, expireAfterSeconds: KEPT_MS / 1_000 },
  {
    collection: EVENTS,
    key: { organisationId: 1, accountId: 1 },
    partialFilterExpression: { isTest: true },
  },
] as const satisfies readonly IndexSpec[];

/** Opens the events. */
export function webhookEventStore(db: Db): WebhookEventStore {
  const collection = db.collection<WebhookEventDoc>(EVENTS);
  return {
    async known(events, session) {
      const filter = {
        _id: { $in: events.map(({ id }) => id) },
        organisationId: { $in: [...new Set(events.map((event) => event.organisationId))] },
      };
      const found = await collection.find(filter, { session, projection: { _id: 1 } }).toArray();
      return new Set(found.map(({ _id }) => _id));
    },
    async insertMany(events, session) {
      if (events.length > 0) await collection.insertMany(events.map(toDoc), { session });
    },
    async find(organisationId, ids, bytesMax) {
      const events = new Map<WebhookEventId, WebhookEvent>();
      let bytes = 0;
      for await (const doc of collection.find({ _id: { $in: [...ids] }, organisationId })) {
        bytes += doc.object.length();
        if (bytes > bytesMax && events.size > 0) return { events, isWhole: false };
        events.set(doc._id, fromDoc(doc));
      }
      return { events, isWhole: true };
    },
    async list(organisationId, { startMs, endMs, after, limit }, session) {
      const createTime = { $gte: dateOf(after?.createMs ?? startMs), $lt: dateOf(endMs) };
      const beyond = after && {
        $or: [
          { createTime: { $gt: dateOf(after.createMs) } },
          { createTime: dateOf(after.createMs), _id: { $gt: after.id } },
        ],
      };
      const docs = await collection
        .find({ organisationId, createTime, ...beyond }, { session })
        .sort({ createTime: 1, _id: 1 })
        .limit(limit)
        .toArray();
      return docs.map(fromDoc);
    },
    async deleteOfTestAccount(organisationId, accountId) {
      await collection.deleteMany({ organisationId, accountId, isTest: true });
    },
  };
}

function toDoc({ id, object, occurMs, createMs, ...rest }: WebhookEvent): WebhookEventDoc {
  const times = { occurTime: dateOf(occurMs), createTime: dateOf(createMs) };
  return { _id: id, ...rest, object: new Binary(object), ...times };
}

function fromDoc({ _id, object, occurTime, createTime, ...rest }: WebhookEventDoc): WebhookEvent {
  const times = { occurMs: msOf(occurTime), createMs: msOf(createTime) };
  return { id: _id, ...rest, object: new Uint8Array(object.buffer), ...times };
}
