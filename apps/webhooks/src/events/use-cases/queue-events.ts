import { inTransaction } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import { newDelivery, type Delivery } from '../../deliveries/domain/delivery';
import { isWanted } from '../../endpoints/domain/event-filter';
import type { OwnedEndpoint } from '../../endpoints/store/endpoints';
import type { Stores } from '../../store/stores';
import type { WebhookEvent } from '../domain/webhook-event';

/**
 * Stores events and queues them for the endpoints that want them, in their order, all of it in one transaction: an
 * event that is stored already changes nothing. What belongs to organisations without endpoints is not stored.
 */
export async function queueEvents(
  stores: Stores,
  events: readonly WebhookEvent[],
  nowMs: number,
): Promise<void> {
  // Most organisations have none: then nothing is written, and no transaction is needed to see it.
  const organisationIds = [...new Set(events.map((event) => event.organisationId))];
  const endpoints = await stores.endpoints.ofOrganisations(organisationIds);
  const having = new Set(endpoints.map((endpoint) => endpoint.organisationId));
  const told = events.filter((event) => having.has(event.organisationId));
  if (told.length === 0) return;
  await inTransaction(stores.mongo, (session) => queueWithin(stores, told, nowMs, session));
}

/** The same within a transaction. */
export async function queueWithin(
  stores: Stores,
  events: readonly WebhookEvent[],
  nowMs: number,
  session: ClientSession,
): Promise<void> {
  const known = await stores.events.known(events, session);
  const byId = new Map(events.map((event) => [event.id, event]));
  const fresh = [...byId.values()].filter(({ id }) => !known.has(id));
  if (fresh.length === 0) return;
  const organisationIds = [...new Set(fresh.map((event) => event.organisationId))];
  const endpoints = await stores.endpoints.ofOrganisations(organisationIds, session);
  await stores.events.insertMany(fresh, session);
  for (const endpoint of endpoints) {
    const wanted = fresh.filter(
      ({ organisationId, type }) =>
        organisationId === endpoint.organisationId && isWanted(endpoint.eventTypes, type),
    );
    await queueFor(stores, endpoint, wanted, nowMs, session);
  }
}

/** Queues events for one endpoint, whatever it asks for; none where it is disabled. */
export async function queueFor(
  { queues, deliveries }: Pick<Stores, 'queues' | 'deliveries'>,
  { id: endpointId }: Pick<OwnedEndpoint, 'id'>,
  events: readonly WebhookEvent[],
  nowMs: number,
  session: ClientSession,
): Promise<Delivery[]> {
  if (events.length === 0) return [];
  const first = await queues.take(endpointId, events.length, nowMs, session);
  if (first === undefined) return [];
  const queued = events.map((event, index) =>
    newDelivery(event, { endpointId, sequence: first + index }, nowMs),
  );
  await deliveries.insertMany(queued, session);
  return queued;
}
