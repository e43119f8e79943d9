import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  WebhookAttemptOutcome,
  WebhookDeliverySchema,
  WebhookDeliveryStatus,
} from '@billingrails/contracts/billingrails/webhooks/v1/webhook_delivery_pb';
import { toTimestamp } from '@billingrails/rpc';
import type { Delivery, DeliveryStatus, Outcome } from '../domain/delivery';

const STATUSES: Record<DeliveryStatus, WebhookDeliveryStatus> = {
  pending: WebhookDeliveryStatus.PENDING,
  delivered: WebhookDeliveryStatus.DELIVERED,
  failed: WebhookDeliveryStatus.FAILED,
};

const OUTCOMES: Record<Outcome, WebhookAttemptOutcome> = {
  delivered: WebhookAttemptOutcome.DELIVERED,
  bad_status: WebhookAttemptOutcome.BAD_STATUS,
  timeout: WebhookAttemptOutcome.TIMEOUT,
  connection_failed: WebhookAttemptOutcome.CONNECTION_FAILED,
  address_refused: WebhookAttemptOutcome.ADDRESS_REFUSED,
};

/** The status that a list is asked for. Undefined: any. */
export function statusFromProto(status: WebhookDeliveryStatus): DeliveryStatus | undefined {
  const all = Object.keys(STATUSES) as DeliveryStatus[];
  return all.find((each) => STATUSES[each] === status);
}

/** A delivery as its receiver's people see it. */
export function deliveryToProto(
  delivery: Delivery,
): MessageInitShape<typeof WebhookDeliverySchema> {
  const { id, endpointId, eventId, eventType, accountId, objectId, sequence } = delivery;
  const { attemptCount, attempts, nextMs, createMs } = delivery;
  return {
    ...{ id, webhookEndpointId: endpointId, eventId, eventType, accountId, objectId, attemptCount },
    sequence: BigInt(sequence),
    status: STATUSES[delivery.status],
    attempts: attempts.map(({ startMs, outcome, ...attempt }) => ({
      ...attempt,
      ...{ startTime: toTimestamp(startMs), outcome: OUTCOMES[outcome] },
    })),
    ...(nextMs === undefined ? {} : { nextAttemptTime: toTimestamp(nextMs) }),
    createTime: toTimestamp(createMs),
  };
}
