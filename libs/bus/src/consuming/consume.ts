import { AckPolicy, DeliverPolicy, nanos, type Msg } from 'nats';
import { DomainError } from '@billingrails/errors';
import type { Logger } from '@billingrails/log';
import { backOffMs, Bell } from '@billingrails/waits';
import { whileConnected, type Bus } from '../connect';
import { acknowledge, deliveryOf, keepWorking, postpone, terminate } from './delivery';
import { startPull } from './pull';

/** A message as its handler sees it. */
export interface DeliveredMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly seq: number;
  /** When the stream took it in, by the server's clock. */
  readonly timeMs: number;
  /** As given to `publishOnce`; empty if there was none. */
  readonly messageId: string;
  /** 1 the first time. */
  readonly deliveryCount: number;
}

/** Which messages are consumed. */
export interface ConsumedMessages {
  readonly stream: string;
  /** Names the place in the stream; replicas with the same name share the messages. */
  readonly durable: string;
  /** Which subjects, wildcards allowed. */
  readonly subject: string;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

export interface ConsumeOptions extends ConsumedMessages {
  /** Must do nothing the second time. Resolves when its effect is durable. */
  readonly handler: (message: DeliveredMessage) => Promise<void>;
}

export interface ConsumeTogetherOptions extends ConsumedMessages {
  /** The most messages handled together. */
  readonly together: number;
  /**
   * Must do nothing the second time. Resolves when its effect is durable, with one outcome a message in their order:
   * undefined, or what kept it from being handled. What it throws is the outcome of each.
   */
  readonly handler: (
    messages: readonly DeliveredMessage[],
  ) => Promise<readonly (NotHandled | undefined)[]>;
}

/** Why a message was not handled. */
export interface NotHandled {
  readonly error: unknown;
}

export interface Consumption {
  /** Ends after the messages under way; what is left is delivered to others, or after the next start. */
  close(): Promise<void>;
}

const ACK_WAIT_MS = 30_000;
/** Held messages say that they are still being worked on, so that nobody else gets them meanwhile. */
const WORKING_EVERY_MS = 10_000;
/** The fewest that are on their way at once. */
const BATCH_MIN = 16;
const BYTES_MAX = 8 * 1024 * 1024;
const RETRY = { firstMs: 500, maxMs: 60_000 };

/** Kinds that say "not now": the same message may succeed later. */
const PASSING_KINDS: ReadonlySet<string> = new Set(['unavailable', 'exhausted', 'stale']);

/**
 * Hands every message of `subject` to `handler`, one at a time, at least once each, through restarts of both sides.
 * When the handler resolves, the message is acknowledged; when it throws a DomainError that will not pass, the message
 * is ended and logged; when it throws anything else, the message comes again with a delay growing from 0.5 s to 60 s,
 * while those behind it go on.
 */
export function consumeDurable(bus: Bus, options: ConsumeOptions): Promise<Consumption> {
  const handler = async ([message]: readonly DeliveredMessage[]): Promise<[]> => {
    if (message !== undefined) await options.handler(message);
    return [];
  };
  return consumeDurableTogether(bus, { ...options, together: 1, handler });
}

/**
 * As `consumeDurable`, but hands over some messages at a time: those that have come while others were handled. Each is
 * acknowledged, ended or delivered again by its own outcome.
 */
export async function consumeDurableTogether(
  bus: Bus,
  options: ConsumeTogetherOptions,
): Promise<Consumption> {
  const { stream, durable, subject, together, handler, logger, signal } = options;
  const batch = Math.max(BATCH_MIN, together);
  const held: Msg[] = [];
  let closing = false;
  const bell = new Bell();

  async function openConsumer(): Promise<string> {
    await whileConnected(bus, () =>
      bus.manager.consumers.add(stream, {
        durable_name: durable,
        filter_subject: subject,
        ack_policy: AckPolicy.Explicit,
        ack_wait: nanos(ACK_WAIT_MS),
        deliver_policy: DeliverPolicy.All,
        max_deliver: -1,
      }),
    );
    return durable;
  }

  // A mistake in the settings shows at the start, not as retries for ever.
  await openConsumer();
  const pull = startPull(bus, {
    stream,
    reader: durable,
    openConsumer,
    batch,
    bytesMax: BYTES_MAX,
    onMessage: (message) => {
      held.push(message);
      bell.ring();
    },
    // The next come while those are handled.
    wantsMore: () => held.length < batch + together - 1,
  });
  const working = setInterval(() => held.forEach(keepWorking), WORKING_EVERY_MS);

  async function work(): Promise<void> {
    while (!closing) {
      const messages = held.slice(0, together);
      if (messages.length === 0) {
        await bell.wait();
        continue;
      }
      await settle(messages, handler, logger.child({ stream, durable }));
      held.splice(0, messages.length);
      pull.more();
    }
  }

  const done = work();
  const close = async (): Promise<void> => {
    closing = true;
    bell.ring();
    await Promise.all([pull.close(), done]);
    clearInterval(working);
    // Back to the server at once, for another replica or the next start.
    for (const message of held.splice(0)) postpone(message, 0);
  };
  const onAbort = (): void => void close();
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  return {
    close: () => {
      signal?.removeEventListener('abort', onAbort);
      return close();
    },
  };
}

/** Handles some messages, and tells the server what became of each. */
async function settle(
  messages: readonly Msg[],
  handler: ConsumeTogetherOptions['handler'],
  logger: Logger,
): Promise<void> {
  const delivered = messages.map(fromMsg);
  let outcomes: readonly (NotHandled | undefined)[];
  try {
    outcomes = await handler(delivered);
  } catch (error) {
    outcomes = messages.map(() => ({ error }));
  }
  for (const [index, message] of messages.entries()) answer(message, outcomes[index], logger);
}

function answer(message: Msg, outcome: NotHandled | undefined, logger: Logger): void {
  if (outcome === undefined) {
    acknowledge(message);
    return;
  }
  const { error } = outcome;
  const { subject, seq, deliveryCount } = fromMsg(message);
  if (error instanceof DomainError && !PASSING_KINDS.has(error.kind)) {
    logger.error({ error, subject, seq }, 'message ended: it can never be handled');
    terminate(message, error.reason);
    return;
  }
  const delayMs = backOffMs(RETRY, deliveryCount);
  logger.warn({ error, subject, seq, deliveryCount, delayMs }, 'message not handled; again later');
  postpone(message, delayMs);
}

function fromMsg(message: Msg): DeliveredMessage {
  const { subject, data, headers } = message;
  const { streamSeq: seq, timeMs, deliveryCount } = deliveryOf(message);
  return {
    subject,
    data,
    seq,
    timeMs,
    messageId: headers?.get('Nats-Msg-Id') ?? '',
    deliveryCount,
  };
}
