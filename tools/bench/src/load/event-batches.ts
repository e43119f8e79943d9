import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { IngestEventsRequestSchema } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { grpcFrame } from '@billingrails/testing';

export const EVENTS_IN_BATCH = 100;
const TEMPLATES = 160;
const ACCOUNTS = 2_000;
/** A prime, so that the walk meets every account with every name, at scattered times. */
const STEP = 7_919;
/** Stands where each event has its number. */
export const PLACEHOLDER = '@'.repeat(12);

export interface BatchesOptions {
  readonly eventNames: readonly string[];
  /** Event times lie between these, from first to last template at scattered places. */
  readonly startMs: number;
  readonly endMs: number;
  /** All events are of this account; left out: of 2,000 accounts. */
  readonly accountId?: string;
  /** Starts every key, so that two kinds of events do not share any. */
  readonly keyPrefix: string;
}

interface Template {
  readonly frame: Buffer;
  /** Where the events' numbers stand: for each event as many places as it has. */
  readonly places: readonly number[];
}

/**
 * Batches of 100 events, about 250 bytes each, encoded once as gRPC requests; each `next` writes fresh numbers into
 * their keys, and so costs next to nothing: on a machine that everything shares, the generator must not be what is
 * measured. The same events in every run, but for the time they lie in.
 */
export class EventBatches {
  #nextEvent = 0;
  readonly #templates: readonly Template[];

  constructor(options: BatchesOptions) {
    this.#templates = Array.from({ length: TEMPLATES }, (_, index) => template(options, index));
  }

  /** How many events it has given. */
  get eventCount(): number {
    return this.#nextEvent;
  }

  /** The next request. */
  next(): Buffer {
    const index = (this.#nextEvent / EVENTS_IN_BATCH) % TEMPLATES;
    const { frame, places } = this.#templates[index] as Template;
    const request = Buffer.from(frame);
    const placesOfEvent = places.length / EVENTS_IN_BATCH;
    for (let n = 0; n < EVENTS_IN_BATCH; n += 1) {
      const number = String(this.#nextEvent + n).padStart(PLACEHOLDER.length, '0');
      for (let p = 0; p < placesOfEvent; p += 1) {
        request.write(number, places[n * placesOfEvent + p] ?? 0, 'latin1');
      }
    }
    this.#nextEvent += EVENTS_IN_BATCH;
    return request;
  }
}

function template(options: BatchesOptions, index: number): Template {
  const events = Array.from({ length: EVENTS_IN_BATCH }, (_, n) =>
    messageOf(options, index * EVENTS_IN_BATCH + n),
  );
  const frame = grpcFrame(
    toBinary(IngestEventsRequestSchema, create(IngestEventsRequestSchema, { events })),
  );
  const places: number[] = [];
  for (let at = frame.indexOf(PLACEHOLDER); at >= 0; at = frame.indexOf(PLACEHOLDER, at + 1)) {
    places.push(at);
  }
  return { frame, places };
}

function messageOf(options: BatchesOptions, n: number) {
  const { timeMs, ...event } = eventOf(options, n);
  return { ...event, timestamp: timestampFromMs(timeMs) };
}

/** The event of that number, with `PLACEHOLDER` where it has a number of its own. */
export function eventOf(
  { eventNames, startMs, endMs, accountId, keyPrefix }: BatchesOptions,
  n: number,
) {
  const step = (n * STEP) % (ACCOUNTS * eventNames.length);
  const timeMs = startMs + ((n * 2_654_435_761) % (endMs - startMs));
  return {
    eventName: eventNames[Math.floor(step / ACCOUNTS)] ?? '',
    idempotencyKey: `${keyPrefix}-${PLACEHOLDER}`,
    timeMs,
    properties: {
      song_id: `song-${step}`,
      artist: 'The Beatles',
      album: 'Abbey Road',
      duration: 60 + (step % 600) + 0.25,
      country: step % 2 === 0 ? 'USA' : 'DE',
      device: 'web',
      user: `user-${PLACEHOLDER}`,
      billingrails_account_id: accountId ?? `acct_${step % ACCOUNTS}`,
    },
  };
}
