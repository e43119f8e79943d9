import type { LaneMessage } from '@billingrails/bus';
import type { Correction } from '../../corrections/domain/correction';
import type { QuarantinedMessage } from '../../outcomes/domain/quarantined-message';
import type { ArrivedEvent } from '../domain/event';
import type { LanePlace } from './decode-event';
import { decodeMessage } from './decode-message';

/** Whole messages that are applied in one transaction. They hold events, or corrections, never both. */
export interface Chunk {
  readonly partition: number;
  readonly events: readonly ArrivedEvent[];
  readonly corrections: readonly Correction[];
  readonly quarantined: readonly QuarantinedMessage[];
  /** The sequence of its last message. */
  readonly toSeq: number;
  /** Of its messages as they travelled. */
  readonly byteCount: number;
}

export interface ChunkLimits {
  /** A chunk is ended by the message that reaches this. */
  readonly eventCount: number;
  /** Likewise, of the messages as they travelled: keeps a transaction of large events within what MongoDB takes. */
  readonly byteCount: number;
}

/** As many events as a correction takes the time of, which may make an hour be counted again. */
const EVENTS_PER_CORRECTION = 40;

/** Cuts messages into chunks, decoding each message once. */
export function* chunksOf(
  place: LanePlace,
  messages: readonly LaneMessage[],
  limits: ChunkLimits,
): Generator<Chunk> {
  let chunk = emptyChunk(place.partition);
  for (const [index, message] of messages.entries()) {
    const decoded = decodeMessage(place, message);
    const other = 'events' in decoded ? chunk.corrections : chunk.events;
    if (!('quarantined' in decoded) && other.length > 0) {
      yield chunk;
      chunk = emptyChunk(place.partition);
    }
    if ('events' in decoded) chunk.events.push(...decoded.events);
    else if ('corrections' in decoded) chunk.corrections.push(...decoded.corrections);
    else chunk.quarantined.push(decoded.quarantined);
    chunk.toSeq = message.seq;
    chunk.byteCount += message.data.length;
    const isFull = costOf(chunk) >= limits.eventCount || chunk.byteCount >= limits.byteCount;
    if (!isFull && index < messages.length - 1) continue;
    yield chunk;
    chunk = emptyChunk(place.partition);
  }
}

/** How many events take as long to be applied as the chunk. */
export function costOf({ events, corrections }: Chunk): number {
  return events.length + corrections.length * EVENTS_PER_CORRECTION;
}

function emptyChunk(partition: number) {
  return {
    partition,
    events: [] as ArrivedEvent[],
    corrections: [] as Correction[],
    quarantined: [] as QuarantinedMessage[],
    toSeq: 0,
    byteCount: 0,
  } satisfies Chunk;
}
