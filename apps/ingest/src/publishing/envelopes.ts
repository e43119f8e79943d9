import { partitionOf } from '@billingrails/bus';
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

/** Envelopes by the partition they go to, in the order of the request. */
export type EnvelopesByPartition = ReadonlyMap<number, readonly EventEnvelope[]>;

/** Field tags, lengths and times of one envelope, rounded up. */
const envelopeOverheadBytes = 48;

/** Puts the events into envelopes and these into their accounts' partitions. */
export function envelopesOf(submission: Submission, partitions: number): EnvelopesByPartition {
  const byPartition = new Map<number, EventEnvelope[]>();
  for (const event of submission.events) {
    const partition = partitionOf(submission.organisationId, event.accountId, partitions);
    const envelope = envelopeOf(submission, event);
    const envelopes = byPartition.get(partition);
    if (envelopes === undefined) byPartition.set(partition, [envelope]);
    else envelopes.push(envelope);
  }
  return byPartition;
}

/** About how many bytes the envelopes are when encoded, and never fewer for text in ASCII. */
export function sizeOf(byPartition: EnvelopesByPartition): number {
  let bytes = 0;
  for (const envelopes of byPartition.values())
    for (const envelope of envelopes)
      bytes +=
        envelopeOverheadBytes +
        envelope.organisationId.length +
        envelope.accountId.length +
        envelope.eventName.length +
        envelope.idempotencyKey.length +
        envelope.properties.byteLength;
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
