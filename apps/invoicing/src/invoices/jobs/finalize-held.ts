import type { Logger } from '@billingrails/log';
import { Bell } from '@billingrails/waits';
import { finalizeHeld, type HeldStores } from '../use-cases/decide-drafts';

/** What finalizing needs, and how long it rests between two looks. */
export interface FinalizeHeldOptions {
  readonly stores: HeldStores;
  readonly nowMs: () => number;
  readonly intervalMs: number;
  readonly logger: Logger;
}

/** What finalizes drafts whose grace is over. */
export interface HeldFinalization {
  /** Looks at once instead of after the rest: a test clock has moved. */
  nudge(): void;
  /** Resolves when nothing is finalized any more. */
  stop(): Promise<void>;
}

/** Looks for drafts whose grace is over, at once and again after each rest. */
export function startFinalizingHeld(options: FinalizeHeldOptions): HeldFinalization {
  const { stores, nowMs, intervalMs, logger } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const bell = new Bell();
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      let more = false;
      try {
        more = await finalizeHeld(stores, nowMs);
      } catch (error) {
        logger.warn({ err: error }, 'drafts cannot be finalized now; trying again later');
      }
      if (!more) await bell.wait(intervalMs, signal);
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
