import { DomainError } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { Logger } from '@billingrails/log';
import { HOUR_MS, utcDayOf } from '@billingrails/time';
import { repeat, type Job } from '@billingrails/waits';
import type { AccountStore } from '../../accounts/store/accounts';
import type { ClockStore } from '../../clocks/store/clocks';
import { grantDue, type GrantDueParts } from '../../recurring-credits/use-cases/grant-due';
import type { CreditPoolStore } from '../store/credit-pools';
import { postEntries, type PostParts } from '../use-cases/post-entries';

/** What granting and posting need, and how long it rests between two times. */
export interface PostCreditsOptions extends PostParts, GrantDueParts {
  readonly accounts: Pick<AccountStore, 'organisations' | 'find' | 'findMany'>;
  readonly clocks: ClockStore;
  readonly intervalMs: number;
  readonly logger: Logger;
}

/** How long after its end a day is posted: what comes later is told by metering, and corrected. */
const GRACE_MS = HOUR_MS;
const PAGE = 100;

/**
 * Grants credits that recur and posts the entries of days that are over, at once and again after each rest. It is
 * nudged where a clock has moved or something was granted. Two replicas may race for a pool or a grant; one wins.
 */
export function postCredits(options: PostCreditsOptions): Job {
  const { accounts, intervalMs, logger } = options;
  const postOnce = async (signal: AbortSignal) => {
    for await (const organisationId of accounts.organisations())
      await postAll(options, organisationId, signal);
    return 'done' as const;
  };
  return repeat('post credits', intervalMs, postOnce, logger);
}

/** Of the accounts that live by the organisation's time, and of each that has a clock of its own. */
async function postAll(
  options: PostCreditsOptions,
  organisationId: OrganisationId,
  signal: AbortSignal,
): Promise<void> {
  const { clocks } = options;
  const own = await clocks.accountClocks(organisationId);
  const except = own.flatMap(({ accountId }) => accountId ?? []);
  const { nowMs } = await clocks.present(organisationId);
  await grantDue(options, organisationId, { nowMs, except, signal });
  await postBehind(options, organisationId, { except }, nowMs, signal);
  for (const { accountId, currentMs } of own) {
    if (accountId === undefined) continue;
    await grantDue(options, organisationId, { nowMs: currentMs, accountId, signal });
    await postBehind(options, organisationId, { accountId }, currentMs, signal);
  }
}

/** What cannot be had of one pool keeps no other. */
async function postBehind(
  options: PostCreditsOptions,
  organisationId: OrganisationId,
  of: Parameters<CreditPoolStore['behind']>[1],
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { creditPools, logger } = options;
  const untilMs = utcDayOf(nowMs - GRACE_MS);
  for (let count = PAGE; count === PAGE && !signal.aborted;) {
    const pools = await creditPools.behind(organisationId, of, untilMs, PAGE);
    count = pools.length;
    for (const pool of pools) {
      if (signal.aborted) return;
      try {
        await postEntries(options, pool, { untilMs, nowMs }, signal);
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        // Those that are left begin with this one: they wait for the next time.
        count = 0;
        const { accountId, creditUnitId } = pool;
        const fields = { err: error, organisationId, accountId, creditUnitId };
        logger.warn(fields, 'credits of an account cannot be posted now; trying again later');
      }
    }
  }
}
