import { setTimeout as pause } from 'node:timers/promises';
import { PATIENCE_MS } from './patience';

export interface WaitOptions {
  /** As it reads after "waited for": "the invoice". */
  readonly what: string;
  /** PATIENCE_MS by default, and in every test but those of waiting itself. */
  readonly timeoutMs?: number;
  /**
   * Between two tries; by default 10 at first, and more the longer it takes, up to 100: looking costs the server time,
   * too.
   */
  readonly intervalMs?: number;
}

/**
 * Tries `condition` until it returns something truthy, and returns that. A condition that throws does not hold yet.
 * Throws when `timeoutMs` has passed, with what the last try returned or threw.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitOptions,
): Promise<Exclude<Awaited<T>, false | null | undefined | 0 | '' | 0n>> {
  const timeoutMs = options.timeoutMs ?? PATIENCE_MS;
  const startedMs = performance.now();
  for (;;) {
    const outcome = await attempt(condition);
    if (outcome.value) {
      return outcome.value as Exclude<Awaited<T>, false | null | undefined | 0 | '' | 0n>;
    }
    const waitedMs = performance.now() - startedMs;
    if (waitedMs >= timeoutMs) {
      throw new Error(`Waited ${timeoutMs} ms for ${options.what}, in vain: ${outcome.told}`, {
        cause: outcome.error,
      });
    }
    await pause(options.intervalMs ?? Math.min(Math.max(waitedMs / 20, 10), 100));
  }
}

async function attempt<T>(
  condition: () => T | Promise<T>,
): Promise<{ value?: Awaited<T>; error?: unknown; told: string }> {
  try {
    const value = await condition();
    return { value, told: `the last try gave ${String(value)}.` };
  } catch (error) {
    return { error, told: `the last try threw ${String(error)}` };
  }
}
