import { AckPolicy, DeliverPolicy, nanos, nuid, type Msg } from 'nats';
import { assert, precondition, type DomainError } from '@billingrails/errors';
import { Bell } from '@billingrails/waits';
import { whileConnected, type Bus } from '../connect';
import { deliveryOf } from './delivery';
import { partitionSubject } from '../streams/partition';
import { holdsMessage } from '../streams/partition-state';
import { startPull } from './pull';
import { EVENTS } from '../streams/streams';

/** A message of a partition of stream EVENTS. */
export interface LaneMessage {
  /** In the stream, so with gaps: other partitions have the others. */
  readonly seq: number;
  readonly subject: string;
  readonly data: Uint8Array;
  /** When the stream took it in, by the server's clock. */
  readonly timeMs: number;
}

export interface LaneOptions {
  readonly partition: number;
  /** The sequence of the last message of this partition that has been dealt with; 0 for none. */
  readonly afterSeq: number;
  /** In one chunk. */
  readonly maxMessages: number;
  readonly signal: AbortSignal;
}

/** Of messages read ahead, besides one request's worth. */
const BYTES_AHEAD_MAX = 4 * 1024 * 1024;
/** How often in a row the stream's leader says that a message is gone before that is believed. */
const MISSES_MAX = 5;
/** A reader that is gone is forgotten by the server after this. */
const FORGOTTEN_AFTER_MS = 30_000;

/**
 * Reads a partition in order, each message once, from the one after `afterSeq`: chunks of whatever is there, at
 * least one message and at most `maxMessages`, while the next ones are fetched ahead. Waits when there is nothing;
 * goes on through reconnections, restarts of the server and loss of the consumer; ends when `signal` aborts.
 *
 * **Nothing is skipped.** Reading starts at the message `afterSeq` itself (for 0, at the empty message that
 * `ensureStream` put first into the partition), which must come first and is not delivered. Purging takes away only
 * the beginning of a partition (`purgeApplied`) and always leaves the last applied message, and single messages
 * cannot be deleted; so if the message is there, nothing after it is missing, whatever gaps the sequences have. If it
 * isn't, throws DomainError precondition LANE_GAP rather than go on behind a hole. From there on the consumer numbers
 * what it delivers without gaps; one that is lost on the way shows, and is read again.
 */
export async function* readLane(bus: Bus, options: LaneOptions): AsyncGenerator<LaneMessage[]> {
  const { maxMessages, signal } = options;
  assert(maxMessages >= 1, 'a chunk has room for a message');
  const lane = new Lane(bus, options);
  const pull = startPull(bus, {
    stream: EVENTS.name,
    reader: `lane ${options.partition}`,
    openConsumer: () => lane.openConsumer(),
    batch: maxMessages,
    bytesMax: BYTES_AHEAD_MAX,
    onMessage: (message) => {
      const fault = lane.accept(message);
      if (fault !== undefined) pull.reopen(fault);
    },
    wantsMore: () => lane.wantsMore(),
  });
  try {
    while (!signal.aborted) {
      if (lane.gap !== undefined) throw lane.gap;
      const chunk = lane.take(maxMessages);
      pull.more();
      if (chunk.length > 0) yield chunk;
      else await lane.changed.wait(Infinity, signal);
    }
  } finally {
    await pull.close();
    await lane.deleteConsumer();
  }
}

/** What has been received and not yet taken, and what must come next. */
class Lane {
  gap: DomainError | undefined;
  /** Rung at each message and gap. */
  readonly changed = new Bell();
  readonly #bus: Bus;
  readonly #options: LaneOptions;
  #queue: LaneMessage[] = [];
  #queuedBytes = 0;
  #anchorSeq: number;
  #anchorTimeMs: number | undefined;
  #anchored = false;
  #nextDelivery = 1;
  #consumer: string | undefined;
  #misses = 0;

  constructor(bus: Bus, options: LaneOptions) {
    this.#bus = bus;
    this.#options = options;
    this.#anchorSeq = options.afterSeq === 0 ? options.partition + 1 : options.afterSeq;
  }

  async openConsumer(): Promise<string> {
    const name = `lane_${this.#options.partition}_${nuid.next()}`;
    this.#consumer = name;
    this.#anchored = false;
    this.#nextDelivery = 1;
    const info = await whileConnected(this.#bus, () =>
      this.#bus.manager.consumers.add(EVENTS.name, {
        name,
        filter_subject: partitionSubject(this.#options.partition),
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: this.#anchorSeq,
        ack_policy: AckPolicy.None,
        max_deliver: 1,
        mem_storage: true,
        num_replicas: 1,
        inactive_threshold: nanos(FORGOTTEN_AFTER_MS),
      }),
    );
    if (info.num_pending === 0) await this.#missed();
    return name;
  }

  /** Takes a message in. Returns why the consumer must be opened again, if it must. */
  accept(message: Msg): string | undefined {
    const { data, subject } = message;
    const { streamSeq: seq, consumerSeq, timeMs } = deliveryOf(message);
    if (consumerSeq !== this.#nextDelivery) return 'a message was lost on the way';
    this.#nextDelivery += 1;
    if (this.#anchored) {
      this.#queue.push({ seq, subject, data, timeMs });
      this.#queuedBytes += data.byteLength;
      this.#anchorSeq = seq;
      this.#anchorTimeMs = timeMs;
      this.changed.ring();
      return undefined;
    }
    const sameTime = this.#anchorTimeMs === undefined || this.#anchorTimeMs === timeMs;
    if (seq !== this.#anchorSeq || !sameTime) {
      this.#fail();
      return 'the lane has a gap';
    }
    this.#anchored = true;
    this.#misses = 0;
    return undefined;
  }

  wantsMore(): boolean {
    const { maxMessages } = this.#options;
    const room = this.#queue.length < maxMessages && this.#queuedBytes < BYTES_AHEAD_MAX;
    return room && this.gap === undefined;
  }

  take(limit: number): LaneMessage[] {
    const chunk = this.#queue.splice(0, limit);
    for (const { data } of chunk) this.#queuedBytes -= data.byteLength;
    return chunk;
  }

  async deleteConsumer(): Promise<void> {
    const { connected, manager } = this.#bus;
    const name = this.#consumer;
    if (!connected || name === undefined) return;
    // Only tidiness: an unused consumer vanishes by itself.
    await manager.consumers.delete(EVENTS.name, name).catch(() => undefined);
  }

  /**
   * The consumer has nothing to deliver. It may live on a node that came back and has not caught up, and a new leader
   * may still be reading its log: a gap is what the leader says again and again. Throws to be asked again.
   */
  async #missed(): Promise<void> {
    const holds = await holdsMessage(this.#bus, this.#options.partition, this.#anchorSeq);
    this.#misses = holds ? 0 : this.#misses + 1;
    await this.deleteConsumer();
    if (this.#misses === MISSES_MAX) this.#fail();
    else throw new Error(`message ${this.#anchorSeq} cannot be read yet`);
  }

  #fail(): void {
    const { partition } = this.#options;
    this.gap = precondition(
      'LANE_GAP',
      `Stream EVENTS no longer holds message ${this.#anchorSeq} of partition ${partition}, after which reading goes ` +
        'on, so messages after it may be missing too. Somebody purged or replaced the stream, or the broker lost ' +
        'data. Restore the stream, or the database that belongs to it, from a backup.',
    );
    this.changed.ring();
  }
}
