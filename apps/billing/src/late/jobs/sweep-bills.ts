import { randomUUID } from 'node:crypto';
import type { Logger } from '@billingrails/log';
import { acquireLease, releaseLease, type Lease } from '@billingrails/mongo';
import { rest } from '@billingrails/waits';
import type { AccountStore } from '../../accounts/store/accounts';
import { sweepPage, type SweepParts } from '../use-cases/sweep-bills';

/** What the sweep needs, and how long it rests between two times. */
export interface BillSweepOptions extends SweepParts {
  readonly accounts: AccountStore;
  readonly intervalMs: number;
  readonly nowMs: () => number;
  readonly logger: Logger;
}

/** What looks again and again whether what was billed is what is owed. */
export interface BillSweep {
  /** Subscriptions that this process has compared, and those that came to something else. */
  readonly counts: { readonly checked: number; readonly found: number };
  /** Breaks off, and resolves when nothing is asked any more. */
  stop(): Promise<void>;
}

const LEASE = 'bill-sweep';
const LEASE_MS = 600_000;
const PAGE = 50;
/** Of the time that a page took: bills and queries come first. */
const REST = 4;

/** Starts sweeping all organisations after each rest, in one replica at a time. */
export function sweepBills(options: BillSweepOptions): BillSweep {
  const { mongo, intervalMs, nowMs, logger } = options;
  const owner = randomUUID();
  const stopping = new AbortController();
  const { signal } = stopping;
  const counts = { checked: 0, found: 0 };
  const hold = () =>
    acquireLease(mongo.db, { name: LEASE, owner, ttlMs: LEASE_MS, nowMs: nowMs() });

  async function sweepAll(): Promise<Lease | undefined> {
    let lease = await hold();
    for await (const organisationId of options.accounts.organisations()) {
      let afterId: string | undefined = '';
      while (afterId !== undefined && lease !== undefined && !signal.aborted) {
        const startMs = performance.now();
        const { checkedCount, found, lastId } = await sweepPage(
          options,
          organisationId,
          { afterId, limit: PAGE },
          signal,
        );
        counts.checked += checkedCount;
        counts.found += found.length;
        if (found.length > 0)
          logger.error(
            { organisationId, found },
            'usage has changed and was not told; it is marked',
          );
        await rest(REST * (performance.now() - startMs), signal);
        lease = await hold();
        afterId = lastId;
      }
    }
    return lease;
  }

  const loop = async (): Promise<void> => {
    for (;;) {
      await rest(intervalMs, signal);
      if (signal.aborted) return;
      try {
        const lease = await sweepAll();
        if (lease !== undefined) await releaseLease(mongo.db, lease);
      } catch (error) {
        logger.warn({ err: error }, 'bills cannot be compared now; trying again later');
      }
    }
  };
  const done = loop();
  return {
    counts,
    async stop() {
      stopping.abort();
      await done;
    },
  };
}
