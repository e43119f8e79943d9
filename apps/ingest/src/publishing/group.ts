import { encodeEventBatches, partitionSubject } from '@billingrails/bus';
import type { OutgoingMessage } from '@billingrails/bus';
import type { EventEnvelope } from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import type { EnvelopesByPartition } from './envelopes';

/** A commit as it goes to the stream, and which partition each of its messages is for. */
export interface EncodedGroup {
  readonly messages: readonly OutgoingMessage[];
  readonly partitions: readonly number[];
}

/** Encodes the requests' envelopes as few messages: one a partition, more where one would be too large. */
export function encodeGroup(requests: readonly EnvelopesByPartition[]): EncodedGroup {
  const messages: OutgoingMessage[] = [];
  const partitions: number[] = [];
  for (const [partition, envelopes] of merge(requests))
    for (const data of encodeEventBatches(envelopes)) {
      messages.push({ subject: partitionSubject(partition), data });
      partitions.push(partition);
    }
  return { messages, partitions };
}

/** The last sequence of the commit in each partition; `sequences` has one for each message. */
export function lastSequences(
  group: EncodedGroup,
  sequences: readonly number[],
): ReadonlyMap<number, number> {
  const last = new Map<number, number>();
  for (const [index, partition] of group.partitions.entries()) {
    const sequence = sequences[index];
    if (sequence !== undefined) last.set(partition, sequence);
  }
  return last;
}

/** Of all partitions of a commit, those a request's events went to: where they are counted, the request is. */
export function sequencesOf(
  request: EnvelopesByPartition,
  committed: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const own = new Map<number, number>();
  for (const partition of request.keys()) {
    const sequence = committed.get(partition);
    if (sequence !== undefined) own.set(partition, sequence);
  }
  return own;
}

function merge(requests: readonly EnvelopesByPartition[]): Map<number, EventEnvelope[]> {
  const merged = new Map<number, EventEnvelope[]>();
  for (const request of requests)
    for (const [partition, envelopes] of request) {
      const before = merged.get(partition);
      if (before === undefined) merged.set(partition, [...envelopes]);
      else before.push(...envelopes);
    }
  return merged;
}
