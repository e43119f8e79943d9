import { setTimeout as pause } from 'node:timers/promises';
import { errorText, StackError } from './errors';

export interface UntilOptions {
  /** What is waited for, as it reads after "waited for": "a primary". */
  readonly what: string;
  readonly timeoutMs: number;
  /** Between two tries; 20 by default, which is less than any of the servers takes to start. */
  readonly intervalMs?: number;
  /** Asked before each try; returns why waiting has become pointless. */
  readonly hopeless?: () => string | undefined;
  readonly remedy: string;
}

/**
 * Tries `attempt` until it returns something other than `undefined` and `false`, and returns that. An attempt that
 * throws has not succeeded yet. Throws StackError with the last failure when `timeoutMs` has passed.
 */
export async function until<T>(
  attempt: () => Promise<T | undefined | false>,
  options: UntilOptions,
): Promise<T> {
  const deadlineMs = performance.now() + options.timeoutMs;
  let lastError: unknown;
  for (;;) {
    const hopeless = options.hopeless?.();
    if (hopeless !== undefined) throw new StackError(hopeless, options.remedy);
    try {
      const value = await attempt();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadlineMs) {
      const reason = lastError === undefined ? '' : ` Last answer: ${errorText(lastError)}`;
      throw new StackError(
        `Waited ${options.timeoutMs} ms for ${options.what}, in vain.${reason}`,
        options.remedy,
        { cause: lastError },
      );
    }
    await pause(options.intervalMs ?? 20);
  }
}
