import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { Code, type Client } from '@connectrpc/connect';
import { BillingrailsError } from './errors.js';
import { EventSchema, type Event } from './gen/billingrails/ingest/v1/event_pb.js';
import type { EventService } from './gen/billingrails/ingest/v1/event_service_pb.js';
import { DEFAULT_RETRIES, retryDelayMs } from './retries.js';

/** An event as it is written: `{ eventName, properties: { billingrails_account_id: … } }`. */
export type EventInit = MessageInitShape<typeof EventSchema>;

export interface EventSenderOptions {
  /**
   * Told of each event that is not taken, with why: a service has refused it (the paths of its violations are the
   * event's own, such as `properties.duration`), it was given up, or it was too late. What it throws, or what its
   * promise is rejected with, is written to stderr, and the others go on. Nobody waits for its promise.
   */
  readonly onRefused: (event: Event, error: BillingrailsError) => void | Promise<void>;
  /** Events in a call at most; 100 by default, which is the most there may be. */
  readonly batchEventsMax?: number;
  /** How long an event waits for more to go with it; 1,000 by default. */
  readonly flushAfterMs?: number;
  /** Bytes of the events that are held at most; 16 MiB by default. */
  readonly bufferedBytesMax?: number;
  /** For how long an event is tried while services are away or busy; ten minutes by default. */
  readonly giveUpAfterMs?: number;
  /** For how long an event is tried once the sender is being closed; 30,000 by default. */
  readonly closeWithinMs?: number;
}

interface Held {
  readonly event: Event;
  readonly bytes: number;
  readonly sinceMs: number;
}

/** A call with more is refused for its size. */
const BATCH_BYTES_MAX = 1 << 20;

/** After these nobody knows whether the events were taken; sent again they count once. */
const unclear = new Set([Code.DeadlineExceeded, Code.Internal, Code.Unknown, Code.Aborted]);

/**
 * Sends events in the background, in batches, each until it is taken, refused or given up. An event without a key gets
 * one, and one without a timestamp the present, before it is sent for the first time: sent again it is the same event.
 * It holds so many bytes at most: then `send` waits for room, and `trySend` takes nothing. Where the process ends by
 * itself, what is held is sent first; before `process.exit()`, call `close`.
 */
export class EventSender {
  readonly #events: Client<typeof EventService>;
  readonly #options: Required<EventSenderOptions>;
  readonly #held: Held[] = [];
  readonly #atExit = () => void this.close();
  #bytes = 0;
  /** How many were ever held, how many of these are done, and how many must not wait for more. */
  #added = 0;
  #done = 0;
  #due = 0;
  #waiters: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #closedMs: number | undefined;

  constructor(events: Client<typeof EventService>, options: EventSenderOptions) {
    this.#events = events;
    this.#options = {
      ...{ batchEventsMax: 100, flushAfterMs: 1_000, bufferedBytesMax: 1 << 24 },
      ...{ giveUpAfterMs: 600_000, closeWithinMs: 30_000 },
      ...options,
    };
    process.on('beforeExit', this.#atExit);
  }

  /** Resolves when the event is held, and soon to be sent; waits while there is no room. Throws Error once closed. */
  async send(event: EventInit): Promise<void> {
    while (!this.trySend(event)) await new Promise<void>((done) => this.#waiters.push(done));
  }

  /** Whether the event is held; false where there is no room for it. Throws Error once closed. */
  trySend(init: EventInit): boolean {
    if (this.#closedMs !== undefined) throw new Error('The sender of events is closed.');
    const event = create(EventSchema, init);
    event.idempotencyKey ||= randomUUID();
    event.timestamp ??= timestampNow();
    const bytes = toBinary(EventSchema, event).length;
    const hasRoom = this.#bytes === 0 || this.#bytes + bytes <= this.#options.bufferedBytesMax;
    if (hasRoom) {
      this.#held.push({ event, bytes, sinceMs: performance.now() });
      this.#bytes += bytes;
      this.#added += 1;
    } else this.#due = this.#added;
    void this.#send();
    return hasRoom;
  }

  /** Resolves when what is held now was taken, refused or given up. */
  async flush(): Promise<void> {
    const target = this.#added;
    this.#due = target;
    while (this.#done < target) await this.#send();
  }

  /** Takes no more, and resolves when everything held was taken, refused or given up. */
  async close(): Promise<void> {
    this.#closedMs ??= performance.now();
    this.#wake();
    process.off('beforeExit', this.#atExit);
    await this.flush();
  }

  #isDue(): boolean {
    return this.#held.length >= this.#options.batchEventsMax || this.#done < this.#due;
  }

  async #send(): Promise<void> {
    if (this.#isDue()) await (this.#sending ??= this.#sendDue());
    else this.#wait();
  }

  /** One batch after the other, as long as there is a full one, or one that is due. */
  async #sendDue(): Promise<void> {
    try {
      while (this.#isDue()) {
        const batch = this.#nextBatch();
        await this.#deliver(batch).catch((error: unknown) => {
          // Nobody else can see it, and those who wait for the batch must not wait for ever.
          console.error(`A batch of ${batch.length} events could not be sent.`, error);
        });
        this.#done += batch.length;
        for (const { bytes } of batch) this.#bytes -= bytes;
        this.#wake();
      }
    } finally {
      this.#sending = undefined;
      this.#wait();
    }
  }

  /** What is held waits for more to go with it, but not for long. */
  #wait(): void {
    if (this.#held.length === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, this.#options.flushAfterMs).unref();
  }

  #nextBatch(): Held[] {
    let bytes = 0;
    const end = this.#held.findIndex((held, index) => {
      bytes += held.bytes;
      return index === this.#options.batchEventsMax || (index > 0 && bytes > BATCH_BYTES_MAX);
    });
    return this.#held.splice(0, end < 0 ? this.#held.length : end);
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  async #deliver(batch: readonly Held[]): Promise<void> {
    let left = batch;
    for (let tries = 1; left.length > 0; tries += 1) {
      try {
        await this.#events.ingestEvents({ events: left.map(({ event }) => event) });
        return;
      } catch (thrown) {
        const error = BillingrailsError.from(thrown);
        if (error.isPassing || unclear.has(error.code)) {
          await delay(retryDelayMs(DEFAULT_RETRIES, tries, error));
          left = this.#refuse(left, error, (held) => this.#isGivenUp(held));
        } else {
          const named = violationsByEvent(error);
          const isRefused = (_: Held, index: number) => named.size === 0 || named.has(index);
          left = this.#refuse(left, error, isRefused, named);
        }
      }
    }
  }

  #isGivenUp({ sinceMs }: Held): boolean {
    const { giveUpAfterMs, closeWithinMs } = this.#options;
    const endMs = Math.min(sinceMs + giveUpAfterMs, (this.#closedMs ?? Infinity) + closeWithinMs);
    return performance.now() > endMs;
  }

  /** Tells of those that are refused, and returns the others. */
  #refuse(
    batch: readonly Held[],
    error: BillingrailsError,
    isRefused: (held: Held, index: number) => boolean,
    named?: ReadonlyMap<number, BillingrailsError['violations']>,
  ): readonly Held[] {
    return batch.filter((held, index) => {
      if (!isRefused(held, index)) return true;
      void this.#tell(held.event, error.about(named?.get(index) ?? error.violations));
      return false;
    });
  }

  async #tell(event: Event, error: BillingrailsError): Promise<void> {
    try {
      await this.#options.onRefused(event, error);
    } catch (thrown) {
      console.error(`onRefused failed for the event ${event.idempotencyKey}:`, thrown);
    }
  }
}

/** The violations of each event that a refusal of the batch names, by paths in the event. */
function violationsByEvent(error: BillingrailsError) {
  const named = new Map<number, { field: string; description: string }[]>();
  for (const { field, description } of error.violations) {
    const [, index, path = ''] = /^events\[(\d+)\]\.?(.*)$/.exec(field) ?? [];
    if (index === undefined) continue;
    const violations = named.get(Number(index)) ?? [];
    violations.push({ field: path, description });
    named.set(Number(index), violations);
  }
  return named;
}
