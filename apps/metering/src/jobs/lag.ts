import type { Logger } from '@billingrails/log';
import { readLags, type LagsContext } from '../partitions/use-cases/read-lags';
import { repeat, type Job } from '@billingrails/waits';

const INTERVAL_MS = 60_000;

/** What telling the lag needs. */
export interface LagContext extends LagsContext {
  readonly logger: Logger;
  /** Whether this replica is the one that tells. */
  readonly isMine: () => boolean;
}

/** Logs each minute how far each partition lags behind, while any does, and once when none does any more. */
export function startLag(context: LagContext): Job {
  let behind = false;
  const work = async (): Promise<'done'> => {
    if (!context.isMine()) return 'done';
    const lagMs = await readLags(context);
    const wasBehind = behind;
    behind = lagMs.some((lag) => lag > 0);
    if (behind || wasBehind) context.logger.info({ lagMs }, 'lag by partition');
    return 'done';
  };
  return repeat('lag', INTERVAL_MS, work, context.logger);
}
