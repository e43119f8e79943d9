import type { Stores } from '../../store/stores';
import type { CloseParts } from '../../bills/use-cases/close';
import { realTimeDue, testClockDue, type TakeDue } from '../use-cases/take-due';
import { startScheduler } from './scheduler';
import { processDue, type ProcessDueParts } from '../use-cases/process-due';

/** What closing rests on, and how it is set. */
export interface ClosingOptions
  extends CloseParts, Stores, Pick<ProcessDueParts, 'nowMs' | 'settleMs' | 'logger' | 'onClosed'> {
  /** Of real time and by test clocks each. */
  readonly concurrency: number;
  readonly pollMs: number;
}

/** The schedulers that close periods. */
export interface Closing {
  /** Looks at once: a test clock moved, or a subscription came. */
  nudge(): void;
  /** Takes nothing more, breaks off waiting for usage, and resolves when all commits are done. */
  stop(): Promise<void>;
}

/**
 * Starts two schedulers, one for the organisations that live by the real time and one for those on test clocks, each
 * with its own share, so that neither can starve the other. Any number of replicas may run them.
 */
export function startClosing(options: ClosingOptions): Closing {
  const { due, clocks, nowMs, concurrency, pollMs, logger } = options;
  const stopping = new AbortController();
  const parts: ProcessDueParts = { ...options, signal: stopping.signal };
  const start = (name: string, take: TakeDue) =>
    startScheduler({
      name,
      take,
      work: (taken) => processDue(parts, taken),
      concurrency,
      pollMs,
      logger,
    });

  const schedulers = [
    start('real-time', realTimeDue(due, nowMs)),
    start('test-clock', testClockDue({ due, clocks, nowMs })),
  ];
  return {
    nudge() {
      for (const scheduler of schedulers) scheduler.nudge();
    },
    async stop() {
      stopping.abort();
      await Promise.all(schedulers.map((scheduler) => scheduler.stop()));
    },
  };
}
