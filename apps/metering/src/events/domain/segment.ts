import type { AccountId, OrganisationId } from '@billingrails/ids';
import { gatheredBy } from '../../domain/gathered-by';
import { dayOf } from '../../domain/hours';
import { partsWithin } from '../../domain/parts-within';
import type { ArrivedEvent } from './event';

/** Which segment, and where it lies in the order of a backfill's pass. */
export interface SegmentKey {
  readonly id: string;
  readonly partition: number;
  readonly accountId: AccountId;
  /** When its first and its last event happened: on one UTC day. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Events of one account, name and UTC day that came in one chunk, to be stored together. */
export interface NewSegment extends SegmentKey {
  readonly organisationId: OrganisationId;
  readonly eventName: string;
  /** In order of time, then of the stream. */
  readonly events: readonly ArrivedEvent[];
}

/** Of the events' bytes in one segment; an event that has more by itself gets a segment of its own. */
export const SEGMENT_BYTES_MAX = 1024 * 1024;

/** Sequences below 10^14 and 46,656 segments a chunk keep their order as text. */
const SEQ_DIGITS = 9;
const NUMBER_DIGITS = 3;
const BASE = 36;

/** The nth segment of the chunk that ends at a sequence. Ids are in the order of the stream. */
export function segmentIdOf(toSeq: number, n: number): string {
  const seq = toSeq.toString(BASE).padStart(SEQ_DIGITS, '0');
  return seq + n.toString(BASE).padStart(NUMBER_DIGITS, '0');
}

/** The sequence that the segment's chunk ends at. */
export function segmentSeqOf(id: string): number {
  return Number.parseInt(id.slice(0, SEQ_DIGITS), BASE);
}

/** Puts the events of a chunk into segments. */
export function segmentsOf(
  { partition, toSeq }: { readonly partition: number; readonly toSeq: number },
  events: readonly ArrivedEvent[],
): NewSegment[] {
  const segments: NewSegment[] = [];
  for (const together of groupsOf(events)) {
    for (const part of partsWithin(together.sort(inTime), bytesOf, SEGMENT_LIMITS)) {
      const [first, last] = [part.at(0), part.at(-1)];
      if (first === undefined || last === undefined) continue;
      const { organisationId, accountId, eventName } = first.event;
      segments.push({
        id: segmentIdOf(toSeq, segments.length),
        partition,
        organisationId,
        accountId,
        eventName,
        firstMs: first.event.timestampMs,
        lastMs: last.event.timestampMs,
        events: part,
      });
    }
  }
  return segments;
}

function groupsOf(events: readonly ArrivedEvent[]): Iterable<ArrivedEvent[]> {
  return gatheredBy(events, ({ event }) => {
    const { organisationId, accountId, eventName, timestampMs } = event;
    return `${organisationId}/${accountId}/${dayOf(timestampMs)}/${eventName}`;
  }).values();
}

function inTime(a: ArrivedEvent, b: ArrivedEvent): number {
  return (
    a.event.timestampMs - b.event.timestampMs ||
    a.place.seq - b.place.seq ||
    a.place.index - b.place.index
  );
}

function bytesOf({ bytes }: ArrivedEvent): number {
  return bytes.length;
}

const SEGMENT_LIMITS = { bytes: SEGMENT_BYTES_MAX };
