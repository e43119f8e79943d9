import type { Logger } from '@billingrails/log';
import type { ChangeTeller } from '../changes/use-cases/tell-changes';
import type { CountedTeller } from '../changes/use-cases/tell-counted';
import { repeat, type Job } from '@billingrails/waits';

/** Who cannot wait so long asks for it to be told (TellUsageChanges). */
const INTERVAL_MS = 500;

/** What telling in the background needs. */
export interface TellContext {
  readonly logger: Logger;
  readonly teller: ChangeTeller;
  /** The partitions whose lanes run here: each is told of by one replica. */
  readonly owned: () => readonly number[];
}

/** Tells what has changed in the past. */
export function startTelling({ logger, teller, owned }: TellContext): Job {
  const work = async (): Promise<'done'> => {
    const partitions = owned();
    if (partitions.length > 0) await teller.tell(partitions);
    return 'done';
  };
  return repeat('tell changes', INTERVAL_MS, work, logger);
}

/** Tells whose events this process has counted. */
export function startTellingCounted(teller: CountedTeller, logger: Logger): Job {
  const work = async (): Promise<'done'> => {
    await teller.tell();
    return 'done';
  };
  return repeat('tell counted', INTERVAL_MS, work, logger);
}
