import type { Logger } from '@billingrails/log';
import type { Mongo } from '@billingrails/mongo';
import { readCounts } from '../partitions/store/partitions';
import { repeat, type Job } from '@billingrails/waits';

const INTERVAL_MS = 60_000;

/** What reporting needs. */
export interface ReportContext {
  readonly mongo: Mongo;
  readonly logger: Logger;
  /** Whether this replica is the one that reports: the counts are of all of them. */
  readonly isMine: () => boolean;
}

/** Logs what the lanes have made of all events so far, each minute in which they did something. */
export function startReport({ mongo, logger, isMine }: ReportContext): Job {
  let reported = '';
  const work = async (): Promise<'done'> => {
    if (!isMine()) return 'done';
    const counts = await readCounts(mongo.db);
    const current = JSON.stringify(counts);
    if (current !== reported) logger.info({ counts }, 'events so far');
    reported = current;
    return 'done';
  };
  return repeat('report', INTERVAL_MS, work, logger);
}
