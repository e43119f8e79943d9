import type { Logger } from '@billingrails/log';
import { backOffMs, Bell } from '@billingrails/waits';
import { RETRY } from '../domain/retry';

/** A loop that takes what is due and works on it. */
export interface Scheduler {
  /** Looks at once instead of at the next poll. */
  nudge(): void;
  /** Takes nothing more, and resolves when all that was taken is done. */
  stop(): Promise<void>;
}

/** What a scheduler does. */
export interface SchedulerOptions<T> {
  readonly name: string;
  /** Takes the next due item; undefined when nothing is due. */
  readonly take: () => Promise<T | undefined>;
  /**
   * Works on a taken item. Must not reject: it keeps what failed for a later try itself. `hasRoom` tells whether there
   * is a place for another; where there is none, others may wait for this one's.
   */
  readonly work: (item: T, hasRoom: () => boolean) => Promise<void>;
  /** Items worked on at the same time. */
  readonly concurrency: number;
  /** How long to wait before looking again when nothing was due. */
  readonly pollMs: number;
  readonly logger: Logger;
}

/**
 * Starts the loop. Only it takes, one after another; the work runs beside it, bounded by `concurrency`. When taking
 * fails (the database is away) it is tried again with growing delay.
 */
export function startScheduler<T>(options: SchedulerOptions<T>): Scheduler {
  const { name, take, work, concurrency, pollMs, logger } = options;
  const running = new Set<Promise<void>>();
  const bell = new Bell();
  let stopped = false;

  const hasRoom = (): boolean => running.size < concurrency;
  const loop = async (): Promise<void> => {
    let failures = 0;
    while (!stopped) {
      if (!hasRoom()) {
        await Promise.race(running);
        continue;
      }
      try {
        const item = await take();
        failures = 0;
        if (item === undefined) {
          await bell.wait(pollMs);
          continue;
        }
        const task = work(item, hasRoom).finally(() => {
          running.delete(task);
          // What was left to others may be taken now.
          bell.ring();
        });
        running.add(task);
      } catch (error) {
        const delayMs = Math.max(pollMs, backOffMs(RETRY, ++failures));
        logger.warn(
          { scheduler: name, err: error, delayMs },
          'what is due cannot be read; trying again',
        );
        await bell.wait(delayMs);
      }
    }
    await Promise.all(running);
  };

  const done = loop();
  return {
    nudge: () => bell.ring(),
    stop() {
      stopped = true;
      bell.ring();
      return done;
    },
  };
}
