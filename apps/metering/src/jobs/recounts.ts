import type { Logger } from '@billingrails/log';
import type { Mongo } from '@billingrails/mongo';
import type { Recount, RecountLimits } from '../recounts/domain/recount';
import { nextRecountOf, nextRecountOrganisation } from '../recounts/store/recounts';
import { RecountStaleError, recountHours } from '../recounts/use-cases/recount-day';
import { repeat, type Job } from '@billingrails/waits';
import { Rotation } from './rotation';

/** New recounts are noticed within this. */
const INTERVAL_MS = 500;

/** What counting again needs. */
export interface RecountsContext {
  readonly mongo: Mongo;
  readonly logger: Logger;
  /** The partitions whose lanes run here: each is worked off by one replica. */
  readonly owned: () => readonly number[];
  readonly limits?: RecountLimits;
}

/** Counts again what corrections have left for later: organisations, and in each its days, take turns. */
export function startRecounts({ mongo, logger, owned, limits }: RecountsContext): Job {
  const rotation = new Rotation<Recount>({
    nextOrganisation: (after) => nextRecountOrganisation(mongo.db, owned(), after),
    nextOf: (organisationId, after) => nextRecountOf(mongo.db, owned(), organisationId, after),
  });
  const work = async (): Promise<'more' | 'done'> => {
    const recount = await rotation.next();
    if (recount === undefined) return 'done';
    try {
      await recountHours(mongo, recount, limits && { limits });
    } catch (error) {
      if (!(error instanceof RecountStaleError)) throw error;
      // Others have their turn meanwhile, but not without a rest: it may be alone.
      logger.debug({ recount: recount.id, reason: error.message }, 'usage is counted once more');
      return 'done';
    }
    return 'more';
  };
  return repeat('recount', INTERVAL_MS, work, logger);
}
