import { create, toBinary } from '@bufbuild/protobuf';
import {
  EventCorrectionSchema,
  EventListSchema,
  type EventCorrection,
} from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import { EVENT_BATCH_BYTES_MAX, frame, FRAME_BYTES } from './event-batch';

/**
 * In one message: a reader applies a message as a whole, and each correction may make it count the events of an hour
 * again.
 */
export const CORRECTIONS_PER_MESSAGE_MAX = 50;

/** An entry's own tag and length, at their longest. */
const ENTRY_BYTES_MAX = 8;

/**
 * Encodes corrections, in order, as messages of at most 50 corrections and `maxBytes` each; one that is larger by
 * itself gets a message of its own. They are rare beside events, so nothing here is written by hand.
 */
export function encodeCorrections(
  corrections: readonly EventCorrection[],
  maxBytes: number = EVENT_BATCH_BYTES_MAX,
): Uint8Array[] {
  const lists: EventCorrection[][] = [];
  let bytes = FRAME_BYTES;
  for (const correction of corrections) {
    const size = toBinary(EventCorrectionSchema, correction).byteLength + ENTRY_BYTES_MAX;
    const list = lists.at(-1);
    const hasRoom = bytes + size <= maxBytes;
    if (list !== undefined && list.length < CORRECTIONS_PER_MESSAGE_MAX && hasRoom) {
      list.push(correction);
      bytes += size;
    } else {
      lists.push([correction]);
      bytes = FRAME_BYTES + size;
    }
  }
  return lists.map((list) =>
    frame([toBinary(EventListSchema, create(EventListSchema, { corrections: list }))]),
  );
}
