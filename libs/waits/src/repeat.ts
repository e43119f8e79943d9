import { Bell } from './bell';

/** Work that is repeated in the background until it is closed. */
export interface Job {
  /** Makes the next run start now. */
  nudge(): void;
  /** Ends it; resolves when a run under way is over. */
  close(): Promise<void>;
}

/** Where failures go. */
interface Warnings {
  warn(fields: object, message: string): void;
}

/**
 * Runs `work` at once, and again `intervalMs` after each run, or at once when the run says that there is `more`.
 * A run that fails is logged, unless the job is being closed, and tried again after the interval. `signal` is aborted
 * when the job is closed.
 */
export function repeat(
  name: string,
  intervalMs: number,
  work: (signal: AbortSignal) => Promise<'more' | 'done'>,
  logger: Warnings,
): Job {
  const stop = new AbortController();
  const bell = new Bell();
  const run = async () => {
    while (!stop.signal.aborted) {
      let outcome: 'more' | 'done' = 'done';
      try {
        outcome = await work(stop.signal);
      } catch (error) {
        if (!stop.signal.aborted)
          logger.warn({ job: name, err: error }, 'job failed; it will be tried again');
      }
      if (outcome === 'done') await bell.wait(intervalMs, stop.signal);
    }
  };
  const ended = run();
  return {
    nudge: () => bell.ring(),
    async close() {
      stop.abort();
      await ended;
    },
  };
}
