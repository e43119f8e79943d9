import { fromBinary } from '@bufbuild/protobuf';
import { ObjectChangedSchema } from '@billingrails/contracts/billingrails/bus/v1/object_changed_pb';
import { invalid } from '@billingrails/errors';
import { parseId } from '@billingrails/ids';
import { fromTimestamp } from '@billingrails/rpc';
import type { WebhookEvent } from '../domain/webhook-event';

/** The event of a message of stream CHANGES. Throws DomainError invalid for what is none. */
export function eventFromMessage(data: Uint8Array): WebhookEvent {
  const { occurTime, createTime, ...message } = decoded(data);
  const id = parseId('evt', message.eventId);
  const organisationId = parseId('org', message.organisationId);
  const { type, accountId, objectId, objectType, object, isTest } = message;
  if (!id || !organisationId || type === '' || !occurTime || !createTime)
    throw unreadable('lacks an id, a type or a time');
  return {
    ...{ id, organisationId, type, accountId, objectId, objectType, object, isTest },
    occurMs: fromTimestamp(occurTime, 'occur_time'),
    createMs: fromTimestamp(createTime, 'create_time'),
  };
}

function decoded(data: Uint8Array) {
  try {
    return fromBinary(ObjectChangedSchema, data);
  } catch {
    throw unreadable('is no ObjectChanged');
  }
}

function unreadable(problem: string) {
  return invalid('CHANGE_UNREADABLE', `A message of stream CHANGES ${problem}.`);
}
