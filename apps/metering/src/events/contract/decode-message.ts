import { decodeEventBatch, type LaneMessage } from '@billingrails/bus';
import { correctionOf } from '../../corrections/contract/decode-correction';
import type { Correction } from '../../corrections/domain/correction';
import type { QuarantinedMessage } from '../../outcomes/domain/quarantined-message';
import type { ArrivedEvent } from '../domain/event';
import { eventOf, type LanePlace } from './decode-event';

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
