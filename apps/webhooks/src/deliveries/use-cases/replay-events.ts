import type { ClientSession } from 'mongodb';
import { isWanted } from '../../endpoints/domain/event-filter';
import type { OwnedEndpoint } from '../../endpoints/store/endpoints';
import type { EventPosition } from '../../events/store/events';
import { queueFor } from '../../events/use-cases/queue-events';
import type { Stores } from '../../store/stores';
import { deliveryId } from '../domain/delivery';

/** Which events of an endpoint's organisation are sent to it again. */
export interface Replay {
  /** From when on, and before when, by the time at which they became known. */
  readonly startMs: number;
  readonly endMs: number;
  /** Whether what was delivered is left out. */
  readonly undeliveredOnly: boolean;
  readonly after?: EventPosition;
  /** How many events are looked at. */
  readonly limit: number;
}

/** What was queued, and where it goes on. */
export interface Replayed {
  readonly count: number;
  /** Unset: there is no more. */
  readonly last?: EventPosition;
}

/**
 * Queues a page of events for an endpoint again: those that it had under their sequences, those that it had not, and
 * wants by its filters, under new ones.
 */
export async function replayEvents(
  stores: Stores,
  endpoint: OwnedEndpoint,
  replay: Replay,
  nowMs: number,
  session: ClientSession,
): Promise<Replayed> {
  const { events, deliveries, queues } = stores;
  const { id: endpointId, organisationId } = endpoint;
  const of = { organisationId, endpointId };
  const { limit, undeliveredOnly } = replay;
  const found = await events.list(organisationId, { ...replay, limit: limit + 1 }, session);
  const page = found.slice(0, limit);
  const wanted = page.filter(({ type }) => isWanted(endpoint.eventTypes, type));
  const ids = wanted.map(({ id }) => deliveryId(endpointId, id));
  const had = await deliveries.ofEvents(of, ids, session);
  const again = [...had.values()].filter(
    ({ status }) => !(undeliveredOnly && status === 'delivered'),
  );
  const againIds = again.map(({ id }) => id);
  if (againIds.length > 0) {
    await deliveries.requeue(of, againIds, nowMs, session);
    await queues.wake(endpointId, nowMs, session);
  }
  const fresh = wanted.filter(({ id }) => !had.has(id));
  await queueFor(stores, endpoint, fresh, nowMs, session);
  const last = page.at(-1);
  return {
    count: againIds.length + fresh.length,
    ...(found.length > limit && last && { last: { createMs: last.createMs, id: last.id } }),
  };
}
