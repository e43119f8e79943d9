import type { EntriesByPartition } from '../../publishing/envelopes';
import { JsonReader } from './json-reader';
import { notLean } from './not-lean';
import { AcceptedEvents, type Form, type LeanContext } from './accepted-events';
import { ProtoReader } from './proto-reader';

/** A request whose events are all accepted. */
export interface LeanRequest {
  readonly entries: EntriesByPartition;
  /** How many events that are. */
  readonly count: number;
  /** The answer when they are durable. */
  readonly answer: (consistencyToken: string) => Uint8Array;
}

const events = new AcceptedEvents();
const readers = { json: new JsonReader(events), proto: new ProtoReader(events) };

/**
 * Reads a request in one pass over its bytes, straight to what goes to the stream: an eighth of what it costs to decode
 * it, judge it and encode it again. Undefined for what is not lean: events that are refused, and whatever else takes
 * more than one look (escapes, keys or names beyond ASCII, the same key twice, nested accounts). That is the ordinary
 * handler's, which comes to the same events wherever both take a request.
 */
export function readLean(
  message: Buffer,
  context: LeanContext,
  form: Form,
): LeanRequest | undefined {
  try {
    readers[form.encoding].read(message, context, form);
    const entries = events.takeEntries();
    return { entries, count: events.count, answer: events.takeAnswer(form) };
  } catch (error) {
    if (error === notLean) return undefined;
    throw error;
  }
}
