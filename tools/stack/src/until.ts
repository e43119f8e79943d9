import { setTimeout as delay } from 'node:timers/promises';
import { Code, ConnectError } from '@connectrpc/connect';

const PASSING = [Code.Unavailable, Code.ResourceExhausted, Code.DeadlineExceeded, Code.Aborted];
const RETRY_MS = 100;
const POLL_MS = 50;
const PATIENCE_MS = 300_000;

/** Calls again while a service is away or full. Every call has a request id or keys, so it counts once. */
export async function steadily<T>(call: () => Promise<T>): Promise<T> {
  const giveUpMs = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!PASSING.includes(ConnectError.from(error).code) || Date.now() > giveUpMs) throw error;
      await delay(RETRY_MS);
    }
  }
}

/** Looks again and again until there is something. */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const giveUpMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await steadily(look);
    if (found !== undefined) return found;
    if (Date.now() > giveUpMs) {
      throw new Error(
        `After ${PATIENCE_MS / 1000} s still waiting until ${what}; see the services' logs.`,
      );
    }
    await delay(POLL_MS);
  }
}
