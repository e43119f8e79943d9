import { derivedId } from '@billingrails/ids';
import type { OrganisationId, WebhookDeliveryId, WebhookEndpointId } from '@billingrails/ids';
import type { WebhookEvent, WebhookEventId } from '../../events/domain/webhook-event';

/** One event on its way to one endpoint. */
export interface Delivery {
  readonly id: WebhookDeliveryId;
  readonly organisationId: OrganisationId;
  readonly endpointId: WebhookEndpointId;
  readonly eventId: WebhookEventId;
  readonly eventType: string;
  readonly accountId: string;
  readonly objectId: string;
  readonly isTest: boolean;
  /** From 1, without a gap in the endpoint. */
  readonly sequence: number;
  readonly status: DeliveryStatus;
  /** Of all attempts, replays included. */
  readonly attemptCount: number;
  /** Since it was queued or replayed. */
  readonly tries: number;
  /** When the first of these began. Unset before it. */
  readonly firstTryMs?: number;
  /** The newest of them, oldest first. */
  readonly attempts: readonly Attempt[];
  /** When it is tried next. Unset unless it is pending. */
  readonly nextMs?: number;
  readonly createMs: number;
}

export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

/** One time that it was sent. */
export interface Attempt {
  readonly startMs: number;
  readonly durationMs: number;
  readonly outcome: Outcome;
  /** 0: the receiver did not answer. */
  readonly httpStatus: number;
  /** The beginning of the answer's body. */
  readonly response: string;
  /** What went wrong, in a word. Empty where the receiver answered. */
  readonly errorCode: string;
}

export type Outcome =
  'delivered' | 'bad_status' | 'timeout' | 'connection_failed' | 'address_refused';

/** How many attempts are kept of a delivery. */
export const ATTEMPTS_KEPT = 20;

/** The id of the delivery of an event to an endpoint: there is one. */
export function deliveryId(
  endpointId: WebhookEndpointId,
  eventId: WebhookEventId,
): WebhookDeliveryId {
  return derivedId('whd', endpointId, eventId);
}

/** A delivery that is to be sent now. */
export function newDelivery(
  event: WebhookEvent,
  of: { readonly endpointId: WebhookEndpointId; readonly sequence: number },
  nowMs: number,
): Delivery {
  const { id: eventId, organisationId, type: eventType, accountId, objectId, isTest } = event;
  return {
    id: deliveryId(of.endpointId, eventId),
    ...{ organisationId, ...of, eventId, eventType, accountId, objectId, isTest },
    ...{ status: 'pending', attemptCount: 0, tries: 0, attempts: [] },
    ...{ nextMs: nowMs, createMs: nowMs },
  };
}
