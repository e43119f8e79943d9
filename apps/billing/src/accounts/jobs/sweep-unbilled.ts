import type { Logger } from '@billingrails/log';
import { rest } from '@billingrails/waits';
import type { UnbilledReason } from '../domain/unbilled';
import { reportUnbilled, type UnbilledParts, type UnbilledTotal } from '../use-cases/find-unbilled';

/** Accounts of all organisations that nobody is billed for, and their events, by reason. */
export type UnbilledTotals = ReadonlyMap<UnbilledReason, Readonly<UnbilledTotal>>;

/** What looks again and again who is not billed. */
export interface UnbilledSweep {
  /** As it was when all was looked at last; undefined before the first time. */
  totals(): UnbilledTotals | undefined;
  /** Breaks off, and resolves when nothing is asked any more. */
  stop(): Promise<void>;
}

/** What the sweep needs, and how long it rests between two times. */
export interface UnbilledSweepOptions extends UnbilledParts {
  readonly intervalMs: number;
  readonly logger: Logger;
}

/** Starts looking, at once and again after each rest. What cannot be asked now is asked the next time. */
export function sweepUnbilled(options: UnbilledSweepOptions): UnbilledSweep {
  const { intervalMs, logger } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let latest: UnbilledTotals | undefined;
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        latest = await lookAtAll(options, signal);
      } catch (error) {
        if (!signal.aborted)
          logger.warn({ err: error }, 'who is not billed cannot be told now; trying again later');
      }
      await rest(intervalMs, signal);
    }
  };
  const done = loop();
  return {
    totals: () => latest,
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

async function lookAtAll(parts: UnbilledParts, signal: AbortSignal): Promise<UnbilledTotals> {
  const all = new Map<UnbilledReason, UnbilledTotal>();
  for await (const organisationId of parts.accounts.organisations()) {
    const { totals } = await reportUnbilled(parts, organisationId, signal);
    for (const [reason, { accountCount, eventCount }] of totals) {
      const before = all.get(reason);
      all.set(reason, {
        accountCount: (before?.accountCount ?? 0n) + accountCount,
        eventCount: (before?.eventCount ?? 0n) + eventCount,
      });
    }
  }
  return all;
}
