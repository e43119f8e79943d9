import type { LaneMessage } from '@billingrails/bus';
import type { ArrivedEvent } from '../domain/event';
import type { QuarantinedMessage } from '../store/quarantine';
import { decodeMessage, type LanePlace } from './decode';

/** Whole messages that are applied in one transaction. */
export interface Chunk {
  readonly partition: number;
  readonly events: readonly ArrivedEvent[];
  readonly quarantined: readonly QuarantinedMessage[];
  /** The sequence of its last message. */
  readonly toSeq: number;
}

export interface ChunkLimits {
  /** A chunk is ended by the message that reaches this. */
  readonly eventCount: number;
  /** Likewise, of the messages as they travelled: keeps a transaction of large events within what MongoDB takes. */
  readonly byteCount: number;
}

/** Cuts messages into chunks, decoding each message once. */
export function* chunksOf(
  place: LanePlace,
  messages: readonly LaneMessage[],
  limits: ChunkLimits,
): Generator<Chunk> {
  let events: ArrivedEvent[] = [];
  let quarantined: QuarantinedMessage[] = [];
  let byteCount = 0;
  for (const [index, message] of messages.entries()) {
    const decoded = decodeMessage(place, message);
    if ('events' in decoded) events.push(...decoded.events);
    else quarantined.push(decoded.quarantined);
    byteCount += message.data.length;
    const isFull = events.length >= limits.eventCount || byteCount >= limits.byteCount;
    if (!isFull && index < messages.length - 1) continue;
    yield { partition: place.partition, events, quarantined, toSeq: message.seq };
    events = [];
    quarantined = [];
    byteCount = 0;
  }
}
