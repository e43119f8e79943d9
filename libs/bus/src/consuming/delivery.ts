import { nanos, type Msg } from 'nats';
import { assert } from '@billingrails/errors';

/** What JetStream says of a message it delivers. */
export interface Delivery {
  /** Of the message in its stream. */
  readonly streamSeq: number;
  /** Of the delivery by its consumer: 1, 2, 3… without gaps. */
  readonly consumerSeq: number;
  /** 1 the first time this message is delivered. */
  readonly deliveryCount: number;
  /** When the stream took the message in, by the server's clock. */
  readonly timeMs: number;
  /** Messages still to come from the consumer at that moment. */
  readonly pending: number;
}

/** Tokens before "stream" in a reply subject: `$JS.ACK.`, and in the longer form a domain and an account besides. */
const SHORT_PREFIX = 2;
const LONG_PREFIX = 4;
const SHORT_TOKENS = 9;

/** Reads the reply subject, which is where JetStream puts it. */
export function deliveryOf(message: Msg): Delivery {
  const tokens = (message.reply ?? '').split('.');
  assert(tokens[0] === '$JS' && tokens[1] === 'ACK', 'a delivered message has a reply subject');
  const at = tokens.length === SHORT_TOKENS ? SHORT_PREFIX : LONG_PREFIX;
  const [deliveryCount = 0, streamSeq = 0, consumerSeq = 0] = tokens
    .slice(at + 2, at + 5)
    .map(Number);
  // Nanoseconds pass 2^53; their last six digits go before they become a number.
  const timeMs = Number((tokens[at + 5] ?? '0').slice(0, -6));
  const pending = Number(tokens[at + 6]);
  return { streamSeq, consumerSeq, deliveryCount, timeMs, pending };
}

/** The effect is durable: never deliver it again. */
export function acknowledge(message: Msg): void {
  message.respond('+ACK');
}

/** Deliver it again after `delayMs`. */
export function postpone(message: Msg, delayMs: number): void {
  message.respond(`-NAK ${JSON.stringify({ delay: nanos(delayMs) })}`);
}

/** Never deliver it again, because of `reason`. */
export function terminate(message: Msg, reason: string): void {
  message.respond(`+TERM ${reason}`);
}

/** Still being worked on: start the time for its acknowledgement again. */
export function keepWorking(message: Msg): void {
  message.respond('+WPI');
}
