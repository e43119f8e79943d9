import { AckPolicy, DeliverPolicy, nanos, type Msg } from 'nats';
import { DomainError } from '@billingrails/errors';
import type { Logger } from '@billingrails/log';
import { backOffMs, Bell } from '@billingrails/waits';
import { whileConnected, type Bus } from './connect';
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

export interface ConsumeOptions {
  readonly stream: string;
  /** Names the place in the stream; replicas with the same name share the messages. */
  readonly durable: string;
  /** Which subjects, wildcards allowed. */
  readonly subject: string;
  /** Must do nothing the second time. Resolves when its effect is durable. */
  readonly handler: (message: DeliveredMessage) => Promise<void>;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

export interface Consumption {
  /** Ends after the message under way; what is left is delivered to others, or after the next start. */
  close(): Promise<void>;
}

const ACK_WAIT_MS = 30_000;
/** Held messages say that they are still being worked on, so that nobody else gets them meanwhile. */
const WORKING_EVERY_MS = 10_000;
const BATCH = 16;
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
export async function consumeDurable(bus: Bus, options: ConsumeOptions): Promise<Consumption> {
  const { stream, durable, subject, handler, logger, signal } = options;
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
    batch: BATCH,
    bytesMax: BYTES_MAX,
    onMessage: (message) => {
      held.push(message);
      bell.ring();
    },
    wantsMore: () => held.length < BATCH,
  });
  const working = setInterval(() => held.forEach(keepWorking), WORKING_EVERY_MS);

  async function work(): Promise<void> {
    while (!closing) {
      const [message] = held;
      if (message === undefined) {
        await bell.wait();
        continue;
      }
      await settle(message, handler, logger.child({ stream, durable }));
      held.shift();
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

async function settle(
  message: Msg,
  handler: ConsumeOptions['handler'],
  logger: Logger,
): Promise<void> {
  const delivered = fromMsg(message);
  const { subject, seq, deliveryCount } = delivered;
  try {
    await handler(delivered);
    acknowledge(message);
  } catch (error) {
    if (error instanceof DomainError && !PASSING_KINDS.has(error.kind)) {
      logger.error({ error, subject, seq }, 'message ended: it can never be handled');
      terminate(message, error.reason);
      return;
    }
    const delayMs = backOffMs(RETRY, deliveryCount);
    logger.warn(
      { error, subject, seq, deliveryCount, delayMs },
      'message not handled; again later',
    );
    postpone(message, delayMs);
  }
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
