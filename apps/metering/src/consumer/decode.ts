import { decodeEventBatch, partitionOf, type LaneMessage } from '@billingrails/bus';
import type { EventEnvelope } from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import { isAccountId, parseId } from '@billingrails/ids';
import { eventIdOf, type PlacedEvent, type UsageEvent } from '../domain/event';
import type { QuarantinedMessage } from '../store/quarantine';

/** Beyond this a JavaScript date, and so a stored one, has no value. */
const INSTANT_MS_MAX = 8_640_000_000_000_000n;

/** Which partition of how many a lane reads. */
export interface LanePlace {
  readonly partition: number;
  readonly partitionCount: number;
}

/** What a message holds: events, or nothing that can be understood. */
export type DecodedMessage =
  { readonly events: readonly PlacedEvent[] } | { readonly quarantined: QuarantinedMessage };

/**
 * Decodes a message of a partition. A message that ingest would never have written is quarantined whole: what cannot
 * be understood must not be guessed at, and must not stop what comes after.
 */
export function decodeMessage(
  { partition, partitionCount }: LanePlace,
  message: LaneMessage,
): DecodedMessage {
  const { seq, data, timeMs } = message;
  const quarantined = (problem: string) => ({
    quarantined: { partition, seq, data, streamTimeMs: timeMs, problem },
  });
  const envelopes = decodeEventBatch(data);
  if (!Array.isArray(envelopes)) return quarantined(envelopes.problem);
  const events: PlacedEvent[] = [];
  for (const [index, envelope] of envelopes.entries()) {
    const event = eventOf(envelope, { partition, partitionCount });
    if (typeof event === 'string') return quarantined(`events[${index}].${event}`);
    events.push({ event, place: { partition, seq, index } });
  }
  return { events };
}

/** The event, or what is wrong with it, beginning with the field. */
function eventOf(
  envelope: EventEnvelope,
  { partition, partitionCount }: LanePlace,
): UsageEvent | string {
  const organisationId = parseId('org', envelope.organisationId);
  const { accountId, eventName, idempotencyKey } = envelope;
  if (organisationId === undefined) return 'organisation_id is not one';
  if (!isAccountId(accountId)) return 'account_id is not one';
  if (eventName === '') return 'event_name is empty';
  if (idempotencyKey === '') return 'idempotency_key is empty';
  if (!isInstant(envelope.timestampMs)) return 'timestamp_ms is out of range';
  if (!isInstant(envelope.receiveTimeMs)) return 'receive_time_ms is out of range';
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
    timestampMs: Number(envelope.timestampMs),
    timestampAssigned: envelope.timestampAssigned,
    receiveTimeMs: Number(envelope.receiveTimeMs),
    properties: envelope.properties,
  };
}

function isInstant(ms: bigint): boolean {
  return ms <= INSTANT_MS_MAX && ms >= -INSTANT_MS_MAX;
}
