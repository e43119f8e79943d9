import { encodeCorrections, joinEventEntries, partitionSubject } from '@billingrails/bus';
import type { OutgoingMessage } from '@billingrails/bus';
import type { RequestContent } from './pending-request';

/** A commit as it goes to the stream, and which partition each of its messages is for. */
export interface EncodedGroup {
  readonly messages: readonly OutgoingMessage[];
  readonly partitions: readonly number[];
}

/**
 * Encodes the content of requests as few messages: of a partition one with events and one with corrections, more where
 * one would be too large.
 */
export function encodeGroup(requests: readonly RequestContent[]): EncodedGroup {
  const messages: OutgoingMessage[] = [];
  const partitions: number[] = [];
  const add = (partition: number, encoded: readonly Uint8Array[]): void => {
    for (const data of encoded) {
      messages.push({ subject: partitionSubject(partition), data });
      partitions.push(partition);
    }
  };
  for (const [partition, entries] of merge(requests.map(({ events }) => events)))
    add(partition, joinEventEntries(entries));
  for (const [partition, corrections] of merge(requests.map(({ corrections }) => corrections)))
    add(partition, encodeCorrections(corrections));
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

/** Of all partitions of a commit, those a request's content went to: where it is counted, the request is. */
export function sequencesOf(
  { events, corrections }: RequestContent,
  committed: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const own = new Map<number, number>();
  for (const partition of [...events.keys(), ...corrections.keys()]) {
    const sequence = committed.get(partition);
    if (sequence !== undefined) own.set(partition, sequence);
  }
  return own;
}

function merge<T>(requests: readonly ReadonlyMap<number, readonly T[]>[]): Map<number, T[]> {
  const merged = new Map<number, T[]>();
  for (const request of requests)
    for (const [partition, own] of request) {
      const before = merged.get(partition);
      if (before === undefined) merged.set(partition, [...own]);
      else before.push(...own);
    }
  return merged;
}
