import { derivedId, type OrganisationId, type WebhookEndpointId } from '@billingrails/ids';
import { inTransaction } from '@billingrails/mongo';
import type { Stores } from '../../store/stores';
import { DISABLED_EVENT } from '../../events/domain/event-types';
import type { WebhookEvent } from '../../events/domain/webhook-event';
import { queueWithin } from '../../events/use-cases/queue-events';
import { endpointBytes, ENDPOINT_TYPE } from '../contract/endpoint';
import type { DisableReason } from '../domain/endpoint';
import type { OwnedEndpoint } from '../store/endpoints';

/** Which endpoint, and why. */
export interface Disabling {
  readonly organisationId: OrganisationId;
  readonly endpointId: WebhookEndpointId;
  readonly reason: DisableReason;
  readonly nowMs: number;
}

/** Disables an endpoint by itself, and tells the organisation's other endpoints. Doing it again does nothing. */
export async function disableEndpoint(stores: Stores, disabling: Disabling): Promise<void> {
  const { organisationId, endpointId, reason, nowMs } = disabling;
  const { endpoints, queues } = stores;
  await inTransaction(stores.mongo, async (session) => {
    const endpoint = await endpoints.find(organisationId, endpointId, session);
    if (endpoint === undefined || endpoint.disabled !== undefined) return;
    const disabled = { ...endpoint, disabled: { reason, ms: nowMs } };
    await endpoints.replace(disabled, session);
    await queues.setOpen(endpointId, false, nowMs, session);
    const queue = (await queues.of(organisationId, [endpointId], session)).get(endpointId);
    const event = endpointEvent(
      DISABLED_EVENT,
      disabled,
      endpointBytes(disabled, queue, nowMs),
      nowMs,
    );
    await queueWithin(stores, [event], nowMs, session);
  });
}

/** What this service itself tells of an endpoint; `part` makes the event one of several of that millisecond. */
export function endpointEvent(
  type: string,
  { id, organisationId }: OwnedEndpoint,
  object: Uint8Array,
  nowMs: number,
  part = '',
): WebhookEvent {
  return {
    id: derivedId('evt', organisationId, type, id, String(nowMs), part),
    ...{ organisationId, type, accountId: '', objectId: id, objectType: ENDPOINT_TYPE, object },
    ...{ isTest: false, occurMs: nowMs, createMs: nowMs },
  };
}
