import { create, toJsonString } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { WebhookEventSchema } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_event_pb';
import { toTimestamp } from '@billingrails/rpc';
import type { Payload } from '../../endpoints/domain/endpoint';
import type { WebhookEvent } from '../domain/webhook-event';
import { OBJECT_TYPES } from './object-types';

/** The body of a webhook: JSON by the rules of proto, with the field names of the contract. */
export function payloadOf(event: WebhookEvent, sequence: number, payload: Payload): string {
  const { id, type, objectId, objectType, accountId, isTest, occurMs, createMs } = event;
  const data = payload === 'full' ? dataOf(event) : undefined;
  const message = create(WebhookEventSchema, {
    ...{ id, type, objectId, objectType, accountId, isTest, sequence: BigInt(sequence) },
    ...{ timestamp: toTimestamp(occurMs), createTime: toTimestamp(createMs) },
    ...(data && { data }),
  });
  return toJsonString(WebhookEventSchema, message, {
    useProtoFieldName: true,
    registry: OBJECT_TYPES,
  });
}

/** Undefined where it was too long to be told, and where this version does not know the message. */
function dataOf({ objectType, object }: WebhookEvent): Any | undefined {
  if (object.length === 0 || OBJECT_TYPES.getMessage(objectType) === undefined) return undefined;
  return create(AnySchema, { typeUrl: `type.googleapis.com/${objectType}`, value: object });
}
