import { DomainError } from '@billingrails/errors';
import type { Logger } from '@billingrails/log';
import { repeat, rest, type Job } from '@billingrails/waits';
import type { OwnedAlert } from '../store/alerts';
import { evaluate, type EvaluateParts } from '../use-cases/evaluate';

/** What looking at all accounts of alerts needs. */
export interface LookOptions extends EvaluateParts {
  /** How long an alert rests after all its accounts were looked at. */
  readonly intervalMs: number;
  readonly nowMs: () => number;
  readonly logger: Logger;
}

/** How often to see whether one is due that another replica was asked for. */
const POLL_MS = 1_000;
/** How long a replica has an alert to itself: longer than a page of its accounts takes. */
const CLAIM_MS = 60_000;
const PAGE = 500;
/** Of the time that a page took: bills and queries come first. */
const REST = 2;
/** How soon after a failure an alert is looked at again. */
const RETRY_MS = 2_000;

/**
 * Looks at all accounts of each alert when it is new, when somebody asks for it, and after each rest: for what time
 * alone changes, and for what was told to a process that was killed.
 */
export function lookAtAlerts(options: LookOptions): Job {
  const { alerts, nowMs, intervalMs, logger } = options;
  const next = () => alerts.take(nowMs(), nowMs() + CLAIM_MS);
  const look = async (owned: OwnedAlert, signal: AbortSignal): Promise<void> => {
    const { organisationId, alert } = owned;
    try {
      if (await lookAtAll(options, owned, signal))
        await alerts.lookAgain(organisationId, alert.id, nowMs() + intervalMs);
    } catch (error) {
      if (signal.aborted) return;
      const fields = { err: error, organisationId, alertId: alert.id };
      logger.warn(fields, 'an alert cannot be looked at now; trying again later');
      if (!(error instanceof DomainError)) throw error;
      await alerts.lookAgain(organisationId, alert.id, nowMs() + RETRY_MS);
    }
  };
  const lookOnce = async (signal: AbortSignal) => {
    for (let due = await next(); due !== undefined && !signal.aborted; due = await next())
      await look(due, signal);
    return 'done' as const;
  };
  return repeat('look at alerts', POLL_MS, lookOnce, logger);
}

/** False where it was broken off. */
async function lookAtAll(
  options: LookOptions,
  { organisationId, alert }: OwnedAlert,
  signal: AbortSignal,
): Promise<boolean> {
  const { accounts, alerts, nowMs } = options;
  if (alert.accountId !== undefined) {
    await evaluate(options, organisationId, alert, [alert.accountId], signal);
    return !signal.aborted;
  }
  let afterId: string | undefined = '';
  while (afterId !== undefined && !signal.aborted) {
    const startMs = performance.now();
    const page = await accounts.list(organisationId, { afterId, limit: PAGE });
    const ids = page.map(({ id }) => id);
    await evaluate(options, organisationId, alert, ids, signal);
    afterId = page.length < PAGE ? undefined : ids.at(-1);
    if (afterId === undefined) break;
    await alerts.lookAgain(organisationId, alert.id, nowMs() + CLAIM_MS);
    await rest(REST * (performance.now() - startMs), signal);
  }
  return !signal.aborted;
}
