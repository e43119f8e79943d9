import type { Logger } from '@billingrails/log';
import { repeat, type Job } from '@billingrails/waits';
import { finishDeletions, type DeleteParts } from '../use-cases/delete-test-account';

/** How long to rest where nobody nudges: what a process left that ended is finished then. */
const REST_MS = 60_000;

/** Deletes the rest of test accounts, at once and again after each rest. What two replicas delete is deleted once. */
export function deleteAccounts(
  options: Pick<DeleteParts, 'mongo' | 'accounts'> & { readonly logger: Logger },
): Job {
  const { logger } = options;
  const deleteOnce = async (signal: AbortSignal) => {
    const count = await finishDeletions(options, signal);
    if (count > 0) logger.info({ count }, 'test accounts deleted');
    return 'done' as const;
  };
  return repeat('delete test accounts', REST_MS, deleteOnce, logger);
}
