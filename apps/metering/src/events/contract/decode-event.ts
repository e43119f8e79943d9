import { partitionOf, type ReceivedEvent } from '@billingrails/bus';
import { isAccountId, parseId } from '@billingrails/ids';
import { eventIdOf, type UsageEvent } from '../domain/event';

/** Beyond this a JavaScript date, and so a stored one, has no value. */
const INSTANT_MS_MAX = 8_640_000_000_000_000;

/** Which partition of how many a lane reads. */
export interface LanePlace {
  readonly partition: number;
  readonly partitionCount: number;
}

/** The event, or what is wrong with it, beginning with the field. */
export function eventOf(
  received: Omit<ReceivedEvent, 'bytes'>,
  { partition, partitionCount }: LanePlace,
): UsageEvent | string {
  const organisationId = parseId('org', received.organisationId);
  const { accountId, eventName, idempotencyKey } = received;
  if (organisationId === undefined) return 'organisation_id is not one';
  if (!isAccountId(accountId)) return 'account_id is not one';
  if (eventName === '') return 'event_name is empty';
  if (idempotencyKey === '') return 'idempotency_key is empty';
  if (!isInstant(received.timestampMs)) return 'timestamp_ms is out of range';
  if (!isInstant(received.receiveTimeMs)) return 'receive_time_ms is out of range';
  // One lane alone writes an account's buckets: an event on another's subject would break that.
  if (partitionOf(organisationId, accountId, partitionCount) !== partition) {
    return `account_id belongs to another partition than ${partition}`;
  }
  return {
    id: eventIdOf(organisationId, idempotencyKey),
    organisationId,
    accountId,
    eventName,
    key: idempotencyKey,
    timestampMs: received.timestampMs,
    timestampAssigned: received.timestampAssigned,
    receiveTimeMs: received.receiveTimeMs,
    properties: received.properties,
  };
}

/** Whether it is an instant that can be stored. */
export function isInstant(ms: number): boolean {
  return ms <= INSTANT_MS_MAX && ms >= -INSTANT_MS_MAX;
}
