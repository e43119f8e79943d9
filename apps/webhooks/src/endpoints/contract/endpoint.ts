import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  WebhookDisableReason,
  WebhookEndpointSchema,
  WebhookPayload,
  type WebhookEndpoint,
} from '@billingrails/contracts/billingrails/webhooks/v1/webhook_endpoint_pb';
import { toTimestamp } from '@billingrails/rpc';
import type { Queue } from '../../deliveries/domain/queue';
import {
  signingSecrets,
  type DisableReason,
  type Endpoint,
  type EndpointDraft,
} from '../domain/endpoint';

/** The full name of the message of an endpoint. */
export const ENDPOINT_TYPE = WebhookEndpointSchema.typeName;

/** What a request asks for. */
export function draftFromProto(message: WebhookEndpoint): EndpointDraft & { disabled: boolean } {
  const { url, description, eventTypes, payload, disabled } = message;
  return {
    ...{ url, description, eventTypes, disabled },
    payload: payload === WebhookPayload.THIN ? 'thin' : 'full',
  };
}

const REASONS: Record<DisableReason, WebhookDisableReason> = {
  requested: WebhookDisableReason.REQUESTED,
  failing: WebhookDisableReason.FAILING,
  gone: WebhookDisableReason.GONE,
};

/** An endpoint with what is on its way to it, as it is at an instant. */
export function endpointToProto(
  endpoint: Endpoint,
  queue: Pick<Queue, 'lastSequence' | 'failingSinceMs'> | undefined,
  nowMs: number,
): MessageInitShape<typeof WebhookEndpointSchema> {
  const { id, url, description, eventTypes, payload, disabled, createMs } = endpoint;
  const failingSinceMs = queue?.failingSinceMs;
  return {
    ...{ id, url, description, eventTypes: [...eventTypes] },
    payload: payload === 'thin' ? WebhookPayload.THIN : WebhookPayload.FULL,
    disabled: disabled !== undefined,
    ...(disabled && {
      ...{ disableReason: REASONS[disabled.reason], disableTime: toTimestamp(disabled.ms) },
    }),
    ...(failingSinceMs === undefined ? {} : { failingSinceTime: toTimestamp(failingSinceMs) }),
    lastSequence: BigInt(queue?.lastSequence ?? 0),
    createTime: toTimestamp(createMs),
    secrets: signingSecrets(endpoint, nowMs).map((secret) => ({
      ...{ number: secret.number, createTime: toTimestamp(secret.createMs) },
      ...(secret.expireMs === undefined ? {} : { expireTime: toTimestamp(secret.expireMs) }),
    })),
  };
}

/** The same as bytes, for what is told of an endpoint. */
export function endpointBytes(
  endpoint: Endpoint,
  queue: Pick<Queue, 'lastSequence' | 'failingSinceMs'> | undefined,
  nowMs: number,
): Uint8Array {
  const message = create(WebhookEndpointSchema, endpointToProto(endpoint, queue, nowMs));
  return toBinary(WebhookEndpointSchema, message);
}
