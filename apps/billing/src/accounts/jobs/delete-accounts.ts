import type { Logger } from '@billingrails/log';
import { Bell } from '@billingrails/waits';
import { finishDeletions, type DeleteParts } from '../use-cases/delete-test-account';

/** What deletes the rest of test accounts. */
export interface AccountDeletion {
  /** Looks at once instead of after the rest. */
  nudge(): void;
  /** Breaks off, and resolves when nothing is deleted any more. */
  stop(): Promise<void>;
}

/** How long to rest where nobody nudges: what a process left that ended is finished then. */
const REST_MS = 60_000;

/** Starts deleting, at once and again after each rest. What two replicas delete is deleted once. */
export function deleteAccounts(
  options: Pick<DeleteParts, 'mongo' | 'accounts'> & { readonly logger: Logger },
): AccountDeletion {
  const stopping = new AbortController();
  const { signal } = stopping;
  const bell = new Bell();
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const count = await finishDeletions(options, signal);
        if (count > 0) options.logger.info({ count }, 'test accounts deleted');
      } catch (error) {
        options.logger.warn({ err: error }, 'test accounts cannot be deleted now; trying again');
      }
      await bell.wait(REST_MS, signal);
    }
  };
  const done = loop();
  return {
    nudge: () => bell.ring(),
    async stop() {
      stopping.abort();
      await done;
    },
  };
}
