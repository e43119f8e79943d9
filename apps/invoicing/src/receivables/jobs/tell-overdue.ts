import type { Logger } from '@billingrails/log';
import { repeat, type Job } from '@billingrails/waits';
import { tellOverdue, type OverdueStores } from '../use-cases/tell-overdue';

/** What telling needs, and how long it rests between two looks. */
export interface TellOverdueOptions {
  readonly stores: OverdueStores;
  readonly nowMs: () => number;
  readonly intervalMs: number;
  readonly logger: Logger;
}

/** Tells of invoices that became overdue, at once and again after each rest; nudged where a test clock has moved. */
export function startTellingOverdue(options: TellOverdueOptions): Job {
  const { stores, nowMs, intervalMs, logger } = options;
  const tellOnce = async () => ((await tellOverdue(stores, nowMs)) ? 'more' : 'done');
  return repeat('tell overdue invoices', intervalMs, tellOnce, logger);
}
