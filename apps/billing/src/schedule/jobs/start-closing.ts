import type { OrganisationId } from '@billingrails/ids';
import type { Stores } from '../../store/stores';
import type { CloseParts } from '../../bills/use-cases/close';
import {
  realTimeDue,
  testClockDue,
  type Due,
  type TakeDue,
  type TakeParts,
} from '../use-cases/take-due';
import { startScheduler } from './scheduler';
import { processDue, type ProcessDueParts } from '../use-cases/process-due';

/** What closing rests on, and how it is set. */
export interface ClosingOptions
  extends CloseParts, Stores, Pick<ProcessDueParts, 'nowMs' | 'settleMs' | 'logger' | 'onClosed'> {
  /** Batches worked on at the same time, of real time and by test clocks each. */
  readonly concurrency: number;
  /** The most subscriptions of a batch. */
  readonly batchMax: number;
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
  const { due, clocks, nowMs, concurrency, batchMax, pollMs, logger } = options;
  const stopping = new AbortController();
  const parts: ProcessDueParts = { ...options, signal: stopping.signal };
  const start = (name: string, take: (parts: TakeParts) => TakeDue) => {
    const shares = createShares(Math.ceil(concurrency / 2));
    return startScheduler({
      name,
      take: take({ due, clocks, nowMs, batchMax, hasItsShare: shares.has }),
      work: (taken, hasRoom) => shares.within(taken, () => processDue(parts, taken, hasRoom)),
      concurrency,
      pollMs,
      logger,
    });
  };

  const schedulers = [start('real-time', realTimeDue), start('test-clock', testClockDue)];
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

/** Counts the batches of each organisation that are under way, of which it may have `limit`. */
function createShares(limit: number) {
  const counts = new Map<OrganisationId, number>();
  const add = (organisationId: OrganisationId, change: 1 | -1): void => {
    const count = (counts.get(organisationId) ?? 0) + change;
    if (count === 0) counts.delete(organisationId);
    else counts.set(organisationId, count);
  };
  return {
    has: (organisationId: OrganisationId) => (counts.get(organisationId) ?? 0) >= limit,
    async within({ organisationId }: Due, work: () => Promise<void>): Promise<void> {
      add(organisationId, 1);
      await work().finally(() => add(organisationId, -1));
    },
  };
}
