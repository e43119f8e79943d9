import { DomainError } from '@billingrails/errors';
import type { Logger } from '@billingrails/log';
import { repeat, type Job } from '@billingrails/waits';
import type { SubscriptionParts } from '../../service-parts';
import type { TakenRule } from '../store/top-up-rules';
import { lookAtRule } from '../use-cases/look-at-rule';

/** What looking at rules needs. */
export interface LookOptions extends SubscriptionParts {
  /** How long a rule rests after it was looked at, where nobody tells that its account's usage was counted. */
  readonly intervalMs: number;
  /** The real time. */
  readonly nowMs: () => number;
  readonly logger: Logger;
}

/** How often to see whether one is to be looked at that another replica was told of. */
const POLL_MS = 1_000;
/** How long a replica has a rule to itself: longer than looking takes. Nothing rests on it. */
const CLAIM_MS = 30_000;
/** How soon after a failure a rule is looked at again. */
const RETRY_MS = 2_000;
/** Rules that are looked at at the same time. */
const AT_ONCE = 4;

/**
 * Looks at rules, each when its account's usage was counted, and after each rest. Any number of replicas may; of two
 * that buy for the same rule at once one does.
 */
export function lookAtRules(options: LookOptions): Job {
  const { topUpRules, nowMs, logger } = options;
  const worker = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const taken = await topUpRules.take(nowMs(), nowMs() + CLAIM_MS);
      if (taken === undefined) return;
      await look(options, taken, signal);
    }
  };
  const lookOnce = async (signal: AbortSignal) => {
    await Promise.all(Array.from({ length: AT_ONCE }, () => worker(signal)));
    return 'done' as const;
  };
  return repeat('look at top-up rules', POLL_MS, lookOnce, logger);
}

async function look(options: LookOptions, taken: TakenRule, signal: AbortSignal): Promise<void> {
  const { topUpRules, nowMs, intervalMs, logger, alerts } = options;
  const { organisationId, rule } = taken;
  try {
    if (await lookAtRule(options, organisationId, rule.id, signal)) {
      options.nudge();
      options.nudgeCredits();
      await alerts.lookAtAll(organisationId);
      options.nudgeAlerts();
    } else await topUpRules.lookAgain(taken, nowMs() + intervalMs);
  } catch (error) {
    if (signal.aborted) return;
    const fields = { err: error, organisationId, topUpRuleId: rule.id };
    logger.warn(fields, 'a top-up rule cannot be looked at now; trying again later');
    if (!(error instanceof DomainError)) throw error;
    await topUpRules.lookAgain(taken, nowMs() + RETRY_MS);
  }
}
