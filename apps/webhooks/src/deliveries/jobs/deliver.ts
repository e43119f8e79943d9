import type { Logger } from '@billingrails/log';
import { repeat, type Job } from '@billingrails/waits';
import { runTurn, type TurnParts } from '../use-cases/run-turn';

/** What delivering needs. */
export interface DeliverOptions extends TurnParts {
  /** Unique to this replica. */
  readonly owner: string;
  /** For how long a queue is claimed: longer than a turn takes, and as long as one waits when a replica is killed. */
  readonly claimMs: number;
  /** Between two looks where nothing was queued here. */
  readonly pollMs: number;
  readonly logger: Logger;
}

/** How many endpoints are sent to at once, and of these how many that fail: they never keep the others waiting. */
const PLACES = 100;
const FAILING_PLACES = 50;

/** Sends what is due, to many endpoints at once, until it is closed; nudged where something was queued. */
export function startDelivering(options: DeliverOptions): Job {
  const running = { well: new Set<Promise<void>>(), failing: new Set<Promise<void>>() };
  const job = repeat('deliver webhooks', options.pollMs, (signal) => fill(signal), options.logger);

  /** Claims queues as long as there are places for them. */
  async function fill(signal: AbortSignal): Promise<'done'> {
    for (const kind of ['well', 'failing'] as const) {
      while (!signal.aborted && hasPlace(kind)) if (!(await begin(kind))) break;
    }
    return 'done';
  }

  function hasPlace(kind: keyof typeof running): boolean {
    if (kind === 'failing') return running.failing.size < FAILING_PLACES;
    return running.well.size + running.failing.size < PLACES;
  }

  async function begin(kind: keyof typeof running): Promise<boolean> {
    const { stores, owner, claimMs: ttlMs, nowMs, logger } = options;
    const claim = { owner, failing: kind === 'failing', nowMs: nowMs(), ttlMs };
    const queue = await stores.queues.claim(claim);
    if (queue === undefined) return false;
    const turn = runTurn(options, queue, owner).catch((error: unknown) => {
      const { endpointId } = queue;
      logger.warn({ err: error, endpointId }, 'sending failed; the endpoint is tried again');
    });
    const ended = turn.then(() => {
      running[kind].delete(ended);
      job.nudge();
    });
    running[kind].add(ended);
    return true;
  }

  return {
    nudge: () => job.nudge(),
    async close() {
      await job.close();
      await Promise.all([...running.well, ...running.failing]);
    },
  };
}
