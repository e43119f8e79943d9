import {
  decodeEventBatch,
  partitionOf,
  type LaneMessage,
  type ReceivedEvent,
} from '@billingrails/bus';
import { isAccountId, parseId } from '@billingrails/ids';
import type { Correction } from '../domain/correction';
import { eventIdOf, type ArrivedEvent, type UsageEvent } from '../domain/event';
import type { QuarantinedMessage } from '../store/quarantine';
import { correctionOf } from './corrections-decode';

/** Beyond this a JavaScript date, and so a stored one, has no value. */
const INSTANT_MS_MAX = 8_640_000_000_000_000;

/** Which partition of how many a lane reads. */
export interface LanePlace {
  readonly partition: number;
  readonly partitionCount: number;
}

/** What a message holds: events, corrections, or nothing that can be understood. */
export type DecodedMessage =
  | { readonly events: readonly ArrivedEvent[] }
  | { readonly corrections: readonly Correction[] }
  | { readonly quarantined: QuarantinedMessage };

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
  const list = decodeEventBatch(data);
  if ('problem' in list) return quarantined(list.problem);
  if (list.corrections.length > 0) {
    if (list.events.length > 0) return quarantined('events and corrections in one message');
    const corrections: Correction[] = [];
    for (const [index, received] of list.corrections.entries()) {
      const place = { partition, seq, index };
      const correction = correctionOf(received, place, { partition, partitionCount });
      if (typeof correction === 'string') return quarantined(`corrections[${index}].${correction}`);
      corrections.push(correction);
    }
    return { corrections };
  }
  const events: ArrivedEvent[] = [];
  for (const [index, received] of list.events.entries()) {
    const event = eventOf(received, { partition, partitionCount });
    if (typeof event === 'string') return quarantined(`events[${index}].${event}`);
    events.push({ event, place: { partition, seq, index }, bytes: received.bytes });
  }
  return { events };
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
