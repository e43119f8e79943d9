import { partitionOf } from '@billingrails/bus';
import type { EventCorrection } from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { AcceptedCorrection } from '../domain/correction';
import { envelopeOf } from './envelopes';

/** The accepted corrections of one request. They are committed together or not at all. */
export interface CorrectionSubmission {
  readonly organisationId: OrganisationId;
  /** At least one. */
  readonly corrections: readonly AcceptedCorrection[];
  /** When they arrived: epoch milliseconds. */
  readonly receiveTimeMs: number;
}

/** Corrections by the partition they go to, in the order of the request. */
export type CorrectionsByPartition = ReadonlyMap<number, readonly EventCorrection[]>;

/**
 * Tags, lengths, times and ids of one correction and of its amended event; rounded up so far that no commit holds more
 * corrections than fit the messages of an atomic batch.
 */
export const CORRECTION_BYTES_MIN = 1024;

/** Puts the corrections into their accounts' partitions, where their events are. */
export function correctionsOf(
  submission: CorrectionSubmission,
  partitions: number,
): CorrectionsByPartition {
  const byPartition = new Map<number, EventCorrection[]>();
  for (const correction of submission.corrections) {
    const partition = partitionOf(submission.organisationId, correction.accountId, partitions);
    const corrections = byPartition.get(partition) ?? [];
    corrections.push(messageOf(submission, correction));
    byPartition.set(partition, corrections);
  }
  return byPartition;
}

/** About how many bytes the corrections are when encoded, and never fewer for text in ASCII. */
export function sizeOfCorrections(byPartition: CorrectionsByPartition): number {
  let bytes = 0;
  for (const correction of [...byPartition.values()].flat()) {
    const { idempotencyKey, reason, amended } = correction;
    bytes += CORRECTION_BYTES_MIN + 2 * idempotencyKey.length + reason.length;
    bytes += (amended?.eventName.length ?? 0) + (amended?.properties.byteLength ?? 0);
  }
  return bytes;
}

function messageOf(
  { organisationId, receiveTimeMs }: CorrectionSubmission,
  { accountId, idempotencyKey, correctionId, reason, amended }: AcceptedCorrection,
): EventCorrection {
  return {
    $typeName: 'billingrails.bus.v1.EventCorrection',
    organisationId,
    accountId,
    idempotencyKey,
    correctionId,
    receiveTimeMs: BigInt(receiveTimeMs),
    reason,
    ...(amended !== undefined && {
      amended: envelopeOf({ organisationId, receiveTimeMs }, amended),
    }),
  };
}
