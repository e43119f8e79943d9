import { unavailable } from '@billingrails/errors';
import { backOffMs, rest } from '@billingrails/waits';
import { whileConnected, type Bus } from '../connect';

/** Which consumer is waited for. */
export interface ConsumedOptions {
  readonly stream: string;
  readonly durable: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

const LOOK = { firstMs: 2, maxMs: 50 };
const RETRY_AFTER_MS = 1_000;

/**
 * Resolves once the effect of every message that the stream holds at the call is durable: all of them are acknowledged,
 * by whichever replica. Throws DomainError unavailable when that is not so in time.
 */
export async function untilConsumed(
  bus: Bus,
  { stream, durable, timeoutMs, signal }: ConsumedOptions,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  const { state } = await whileConnected(bus, () => bus.manager.streams.info(stream));
  // What has expired is never acknowledged.
  if (state.messages === 0) return;
  for (let look = 1; ; look += 1) {
    const info = await whileConnected(bus, () => bus.manager.consumers.info(stream, durable));
    if (info.ack_floor.stream_seq >= state.last_seq) return;
    if (signal?.aborted === true || performance.now() > endMs)
      throw unavailable(
        'NOT_CAUGHT_UP',
        `Messages of stream ${stream} are not handled yet.`,
        RETRY_AFTER_MS,
      );
    await rest(backOffMs(LOOK, look), signal);
  }
}
