import { backOffMs, isDoneWithin, rest } from '@billingrails/waits';
import { createInbox, JSONCodec, nanos, type Msg, type Subscription } from 'nats';
import type { Bus } from '../connect';

export interface PullOptions {
  readonly stream: string;
  /** For the log: who reads. */
  readonly reader: string;
  /** Makes or finds the consumer and returns its name. Called again after anything that may have ended it. */
  readonly openConsumer: () => Promise<string>;
  /** At most this many messages are on their way at once. */
  readonly batch: number;
  readonly bytesMax: number;
  readonly onMessage: (message: Msg) => void;
  /** Whether there is room for another `batch`. */
  readonly wantsMore: () => boolean;
}

/** Messages of a stream coming in, through reconnections, restarts of the server and loss of the consumer. */
export interface Pull {
  /** Says that there may be room again. */
  more(): void;
  /** Lets the consumer be opened anew, because of `reason`. */
  reopen(reason: string): void;
  /** Ends it. What the server has already sent still comes in before this resolves, and nothing after. */
  close(): Promise<void>;
}

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 2_000;
/** Two heartbeats missed, and a bit. */
const SILENCE_MAX_MS = 5_000;
/** A hanging server does not keep anybody from closing. */
const DRAIN_MAX_MS = 2_000;
const RETRY = { firstMs: 100, maxMs: 2_000 };
/** Ends of a pull request that say nothing of the consumer's health. */
const ORDINARY_END = /exceeds maxbytes|batch completed|request (timeout|expired)|no messages/i;

const json = JSONCodec<Record<string, number>>();

/**
 * Pulls from a JetStream consumer: one request for `batch` messages at a time, the next as soon as it is used up and
 * there is room. Heartbeats tell a quiet stream from a dead consumer; whatever ends the consumer, it is opened again,
 * for ever, with growing delay.
 */
export function startPull(bus: Bus, options: PullOptions): Pull {
  const closing = new AbortController();
  const { signal } = closing;
  let session: Session | undefined;

  async function run(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      let reason: string;
      try {
        const consumer = await options.openConsumer();
        if (signal.aborted) return;
        session = new Session(bus, options, consumer);
        reason = await session.ended;
        if (session.answered) failures = 0;
      } catch (error) {
        reason = String(error);
      }
      session = undefined;
      if (signal.aborted) return;
      failures += 1;
      const delayMs = backOffMs(RETRY, failures);
      const { stream, reader } = options;
      bus.logger.warn({ stream, reader, reason, delayMs }, 'reading stopped; opening it again');
      await rest(delayMs, signal);
    }
  }

  const done = run();
  return {
    more: () => session?.pullIfRoom(),
    reopen: (reason) => session?.end(reason),
    close: async () => {
      closing.abort();
      await session?.drain();
      await done;
    },
  };
}

/** One consumer's life. */
class Session {
  readonly ended: Promise<string>;
  /** Whether the consumer has given any sign of life. */
  answered = false;
  readonly #bus: Bus;
  readonly #options: PullOptions;
  readonly #consumer: string;
  readonly #inbox = createInbox();
  readonly #subscription: Subscription;
  readonly #watchdog: NodeJS.Timeout;
  readonly #stopListening: () => void;
  #resolveEnded: (reason: string) => void = () => undefined;
  #over = false;
  #draining = false;
  /** Messages that the request under way may still bring; 0 when there is none. */
  #outstanding = 0;
  #heardMs = performance.now();

  constructor(bus: Bus, options: PullOptions, consumer: string) {
    this.#bus = bus;
    this.#options = options;
    this.#consumer = consumer;
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    this.#subscription = bus.connection.subscribe(this.#inbox, {
      callback: (error, message) => {
        if (error !== null) this.end(error.message);
        else this.#receive(message);
      },
    });
    this.#watchdog = setInterval(() => this.#watch(), HEARTBEAT_MS);
    this.#stopListening = bus.onDisconnect(() => this.end('connection lost'));
    if (bus.connected) this.pullIfRoom();
    else this.end('connection lost');
  }

  /** Withdraws the request under way, and takes in what was sent before the server knew. */
  async drain(): Promise<void> {
    if (this.#over || !this.#bus.connected) return this.end('closed');
    this.#draining = true;
    await isDoneWithin(this.#subscription.drain(), DRAIN_MAX_MS);
    this.end('closed');
  }

  end(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#watchdog);
    this.#stopListening();
    if (!this.#subscription.isClosed()) this.#subscription.unsubscribe();
    this.#resolveEnded(reason);
  }

  pullIfRoom(): void {
    if (this.#over || this.#draining || this.#outstanding > 0 || !this.#options.wantsMore()) return;
    const { stream, batch, bytesMax } = this.#options;
    this.#outstanding = batch;
    this.#heardMs = performance.now();
    const request = json.encode({
      batch,
      max_bytes: bytesMax,
      expires: nanos(EXPIRES_MS),
      idle_heartbeat: nanos(HEARTBEAT_MS),
    });
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${this.#consumer}`;
    this.#bus.connection.publish(subject, request, { reply: this.#inbox });
  }

  #receive(message: Msg): void {
    if (this.#over) return;
    this.#heardMs = performance.now();
    this.answered = true;
    const status = message.data.byteLength === 0 ? (message.headers?.code ?? 0) : 0;
    if (status === 0) {
      this.#outstanding = Math.max(0, this.#outstanding - 1);
      this.#options.onMessage(message);
      this.pullIfRoom();
    } else if (status !== 100) {
      const description = message.headers?.description ?? '';
      this.#outstanding = 0;
      if (status === 408 || ORDINARY_END.test(description)) this.pullIfRoom();
      else this.end(`${status} ${description}`);
    }
  }

  #watch(): void {
    const silentMs = performance.now() - this.#heardMs;
    if (this.#outstanding > 0 && silentMs > SILENCE_MAX_MS) this.end('no sign of life');
  }
}
