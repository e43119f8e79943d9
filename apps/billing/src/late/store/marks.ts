import type { OrganisationId, SubscriptionId } from '@billingrails/ids';
import { dateOf, msOf } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import type { Mark } from '../domain/adjustment';
import { alike } from '../../store/alike';
import { keyOf, type Key } from '../../store/resource-collection';

interface MarkDoc {
  _id: Key;
  fromTime: Date;
  knownTime: Date;
  version: number;
}

/** A change of a subscription's usage. */
export interface MarkedChange {
  readonly subscriptionId: SubscriptionId;
  readonly fromMs: number;
  /** When it became known, by the organisation's clock. */
  readonly knownMs: number;
}

/** The collection `usage_marks`: at most one document a subscription. */
export interface MarkStore {
  /** Any order and any number of times comes to the same. */
  add(
    organisationId: OrganisationId,
    changes: readonly MarkedChange[],
    session?: ClientSession,
  ): Promise<void>;
  /** The same, and what was marked before is taken for known only then. */
  addAnew(
    organisationId: OrganisationId,
    change: MarkedChange,
    session: ClientSession,
  ): Promise<void>;
  findMany(
    organisationId: OrganisationId,
    ids: readonly SubscriptionId[],
    session?: ClientSession,
  ): Promise<Map<SubscriptionId, Mark>>;
  /** Takes marks away, but those of which more has changed since they were read. */
  clear(
    organisationId: OrganisationId,
    read: ReadonlyMap<SubscriptionId, Mark>,
    session: ClientSession,
  ): Promise<void>;
}

export const MARK_INDEXES = [{ collection: 'usage_marks' }] as const;

/** Opens the marks. */
export function markStore(db: Db): MarkStore {
  const collection = db.collection<MarkDoc>('usage_marks');
  const findMany: MarkStore['findMany'] = async (organisationId, ids, session) => {
    const keys = ids.map((id) => keyOf(organisationId, id));
    const found = collection.find({ _id: { $in: keys } }, session === undefined ? {} : { session });
    const docs = await found.toArray();
    return new Map(
      docs.map(({ _id, fromTime, knownTime, version }) => [
        _id.id as SubscriptionId,
        { fromMs: msOf(fromTime), knownMs: msOf(knownTime), version },
      ]),
    );
  };
  return {
    async add(organisationId, changes, session) {
      if (changes.length === 0) return;
      await collection.bulkWrite(
        changes.map(({ subscriptionId, fromMs, knownMs }) => ({
          updateOne: {
            filter: { _id: keyOf(organisationId, subscriptionId) },
            update: {
              $min: { fromTime: dateOf(fromMs), knownTime: dateOf(knownMs) },
              $inc: { version: 1 },
            },
            upsert: true,
          },
        })),
        { ordered: false, ...(session === undefined ? {} : { session }) },
      );
    },
    async addAnew(organisationId, { subscriptionId, fromMs, knownMs }, session) {
      await collection.updateOne(
        { _id: keyOf(organisationId, subscriptionId) },
        {
          $min: { fromTime: dateOf(fromMs) },
          $set: { knownTime: dateOf(knownMs) },
          $inc: { version: 1 },
        },
        { upsert: true, session },
      );
    },
    findMany,
    async clear(organisationId, read, session) {
      if (read.size === 0) return;
      await collection.bulkWrite(
        alike([...read], ([, { version }]) => String(version)).map((group) => {
          const keys = group.map(([id]) => keyOf(organisationId, id));
          return { deleteMany: { filter: { _id: { $in: keys }, version: group[0][1].version } } };
        }),
        { session, ordered: false },
      );
    },
  };
}
