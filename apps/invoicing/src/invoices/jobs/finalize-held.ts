import type { Logger } from '@billingrails/log';
import { repeat, type Job } from '@billingrails/waits';
import { finalizeHeld, type HeldStores } from '../use-cases/decide-drafts';

/** What finalizing needs, and how long it rests between two looks. */
export interface FinalizeHeldOptions {
  readonly stores: HeldStores;
  readonly nowMs: () => number;
  readonly intervalMs: number;
  readonly logger: Logger;
}

/** Finalizes drafts whose grace is over, at once and again after each rest; nudged where a test clock has moved. */
export function startFinalizingHeld(options: FinalizeHeldOptions): Job {
  const { stores, nowMs, intervalMs, logger } = options;
  const finalizeOnce = async () => ((await finalizeHeld(stores, nowMs)) ? 'more' : 'done');
  return repeat('finalize held drafts', intervalMs, finalizeOnce, logger);
}
