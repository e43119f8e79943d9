import type { OrganisationId } from '@billingrails/ids';
import { dateOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import { ownedKey, type OwnedKey } from '../../store/owned-key';

interface EventDoc {
  _id: OwnedKey;
  type: string;
  receiveTime: Date;
}

/** The collection `provider_events`: those that were heard, kept for as long as the provider sends one again. */
export interface ProviderEventStore {
  /** False: it was noted before. */
  note(
    organisationId: OrganisationId,
    event: { readonly id: string; readonly type: string },
    nowMs: number,
    session: ClientSession,
  ): Promise<boolean>;
}

const EVENTS = 'provider_events';
/** Stripe sends an event again for three days, and by hand for 30. */
const KEEP_SECONDS = 35 * 24 * 60 * 60;

/** Found by their `_id`; deleted by age. */
export const PROVIDER_EVENT_INDEXES = [
  { collection: EVENTS, key: { receiveTime: 1 }, expireAfterSeconds: KEEP_SECONDS },
] as const satisfies readonly IndexSpec[];

/** Opens the events. */
export function providerEventStore(db: Db): ProviderEventStore {
  const collection = db.collection<EventDoc>(EVENTS);
  return {
    async note(organisationId, { id, type }, nowMs, session) {
      const { upsertedCount } = await collection.updateOne(
        { _id: ownedKey(organisationId, id) },
        { $setOnInsert: { type, receiveTime: dateOf(nowMs) } },
        { upsert: true, session },
      );
      return upsertedCount === 1;
    },
  };
}
