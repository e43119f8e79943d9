import type { OrganisationId, SubscriptionId } from '@billingrails/ids';
import { dateOf, type IndexSpec } from '@billingrails/mongo';
import type { Period } from '@billingrails/time';
import type { ClientSession, Db, Filter } from 'mongodb';
import type { ClockName } from '../../clocks/domain/clock-name';
import { keyOf, type Key } from '../../store/resource-collection';

interface MissedDoc {
  _id: Key;
  /** By what the organisation lives. */
  clock: ClockName;
  startTime: Date;
  endTime: Date;
}

/** A span in which usage of a subscription has changed, and that no bill looked at. */
export interface MissedChange {
  readonly subscriptionId: SubscriptionId;
  readonly period: Period;
}

/** The collection `missed_changes`: at most one document a subscription, which holds all its spans. */
export interface MissedChangeStore {
  /** Any order and any number of times comes to the same. */
  add(
    organisationId: OrganisationId,
    clock: ClockName,
    changes: readonly MissedChange[],
    session: ClientSession,
  ): Promise<void>;
  /** Takes away what lies within a span that was rated again. */
  clear(organisationId: OrganisationId, id: SubscriptionId, within: Period): Promise<void>;
  /** How many subscriptions have any. */
  countOf(organisationId: OrganisationId): Promise<number>;
  /** The same of all organisations that live by the real time. */
  countReal(): Promise<number>;
}

export const MISSED_CHANGE_INDEXES = [
  { collection: 'missed_changes', key: { clock: 1 } },
  { collection: 'missed_changes', key: { '_id.organisationId': 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens them. */
export function missedChangeStore(db: Db): MissedChangeStore {
  const collection = db.collection<MissedDoc>('missed_changes');
  return {
    async add(organisationId, clock, changes, session) {
      if (changes.length === 0) return;
      await collection.bulkWrite(
        changes.map(({ subscriptionId, period: { startMs, endMs } }) => ({
          updateOne: {
            filter: { _id: keyOf(organisationId, subscriptionId) },
            update: {
              $min: { startTime: dateOf(startMs) },
              $max: { endTime: dateOf(endMs) },
              $set: { clock },
            },
            upsert: true,
          },
        })),
        { session, ordered: false },
      );
    },
    async clear(organisationId, id, { startMs, endMs }) {
      await collection.deleteOne({
        _id: keyOf(organisationId, id),
        startTime: { $gte: dateOf(startMs) },
        endTime: { $lte: dateOf(endMs) },
      });
    },
    countOf: (organisationId) =>
      collection.countDocuments({ '_id.organisationId': organisationId } as Filter<MissedDoc>),
    countReal: () => collection.countDocuments({ clock: 'real' }),
  };
}
