import { encodeEventEntry, partitionOf } from '@billingrails/bus';
import type { EventEnvelope } from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { AcceptedEvent } from '../domain/event';

/** The accepted events of one request. They are committed together or not at all. */
export interface Submission {
  readonly organisationId: OrganisationId;
  /** At least one. */
  readonly events: readonly AcceptedEvent[];
  /** When they arrived: epoch milliseconds. */
  readonly receiveTimeMs: number;
}

/**
 * Encoded events by the partition they go to, in the order of the request: entries of EventList's `events`, one or
 * several in a row.
 */
export type EntriesByPartition = ReadonlyMap<number, readonly Uint8Array[]>;

/** Puts the events into envelopes and these, encoded, into their accounts' partitions. */
export function entriesOf(submission: Submission, partitions: number): EntriesByPartition {
  const byPartition = new Map<number, Uint8Array[]>();
  for (const event of submission.events) {
    const partition = partitionOf(submission.organisationId, event.accountId, partitions);
    const entry = encodeEventEntry(envelopeOf(submission, event));
    const entries = byPartition.get(partition);
    if (entries === undefined) byPartition.set(partition, [entry]);
    else entries.push(entry);
  }
  return byPartition;
}

/** How many bytes the entries are. */
export function sizeOf(byPartition: EntriesByPartition): number {
  let bytes = 0;
  for (const entries of byPartition.values())
    for (const entry of entries) bytes += entry.byteLength;
  return bytes;
}

/** A plain object, as `create` would make it at several times the cost. */
export function envelopeOf(
  submission: Pick<Submission, 'organisationId' | 'receiveTimeMs'>,
  event: AcceptedEvent,
): EventEnvelope {
  return {
    $typeName: 'billingrails.bus.v1.EventEnvelope',
    organisationId: submission.organisationId,
    accountId: event.accountId,
    eventName: event.eventName,
    idempotencyKey: event.idempotencyKey,
    timestampMs: BigInt(event.timestampMs),
    timestampAssigned: event.timestampAssigned,
    receiveTimeMs: BigInt(submission.receiveTimeMs),
    properties: event.propertiesJson,
  };
}
