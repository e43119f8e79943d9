import { DomainError } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { Logger } from '@billingrails/log';
import { mongoDomainError } from '@billingrails/mongo';
import { backOffMs } from '@billingrails/waits';
import { RETRY } from '../domain/retry';
import { dueOf } from '../domain/due-of';
import type { Claim } from '../store/due-doc';
import { clockName } from '../../clocks/store/clocks';
import { closeAll, type CloseParts } from '../../bills/use-cases/close';
import { isFailure } from '../../usage/attempt';
import type { Due } from './take-due';

/** What processing what is due needs beside closing. */
export interface ProcessDueParts extends CloseParts {
  /** The real time. */
  readonly nowMs: () => number;
  readonly logger: Logger;
  /** Called after each commit: a message waits in the outbox. */
  readonly onClosed: () => void;
  /** Aborted when the service stops. */
  readonly signal: AbortSignal;
}

/**
 * Closes the ended cycles of due subscriptions of an organisation, of each one after another, in order: one of each,
 * and more while `mayGoOn`; what is left is due, and taken by turns like all that is. What cannot be closed now is
 * postponed with growing delay and logged; it never rejects, and nothing is lost if it never comes to an end.
 */
export async function processDue(
  parts: ProcessDueParts,
  { organisationId, claims, testClock }: Due,
  mayGoOn: () => boolean,
): Promise<void> {
  const { due, nowMs, settleMs, logger, signal } = parts;
  const clock = testClock === undefined ? 'real' : clockName(testClock);
  let current: readonly Claim[] = claims;
  while (current.length > 0) {
    const taken = current;
    const times = {
      closeMs: testClock?.currentMs ?? nowMs(),
      dueOf: dueOf(clock, settleMs),
    };
    try {
      const outcomes = await closeAll(parts, organisationId, taken, times, signal);
      const billed = taken.filter((_, index) => outcomes[index] === 'billed');
      logger.debug({ organisationId, taken: taken.length, billed: billed.length }, 'cycles closed');
      if (billed.length > 0) parts.onClosed();
      await postpone(
        parts,
        organisationId,
        taken.flatMap((claim, index): Waiting[] => {
          const outcome = outcomes[index];
          if (outcome === 'waits')
            return [{ claim, cause: 'another bill of its invoice is not made' }];
          if (outcome === 'outspent')
            return [{ claim, cause: 'its credits were taken by another bill' }];
          if (outcome === 'partial') return [{ claim, cause: 'usage is still being counted' }];
          return isFailure(outcome) ? [{ claim, cause: outcome.failure }] : [];
        }),
      );
      if (signal.aborted || !mayGoOn()) return;
      const now = nowMs();
      const present = { clock, presentMs: testClock?.currentMs ?? now, nowMs: now };
      current = await due.claimNext(organisationId, billed, present);
    } catch (error) {
      return await postpone(
        parts,
        organisationId,
        taken.map((claim) => ({ claim, cause: error })),
      );
    }
  }
}

/** A claim that cannot be worked on now, and why. */
interface Waiting {
  readonly claim: Claim;
  readonly cause: unknown;
}

/** Keeps claims for later. If even that fails, they run out by themselves. */
async function postpone(
  { due, nowMs, logger, signal }: ProcessDueParts,
  organisationId: OrganisationId,
  waiting: readonly Waiting[],
): Promise<void> {
  const later = waiting.map(({ claim, cause }) => {
    const delayMs = signal.aborted ? 0 : backOffMs(RETRY, claim.attempts);
    const details = { ...namesOf(claim), attempts: claim.attempts, delayMs };
    const reason = reasonOf(cause);
    if (reason !== undefined) logger.warn({ ...details, reason }, 'a period cannot be closed yet');
    else logger.error({ ...details, err: cause }, 'closing a period failed');
    return { claim, dueMs: nowMs() + delayMs };
  });
  try {
    await due.postpone(organisationId, later);
  } catch (error) {
    const details = { organisationId, claims: later.length, err: error };
    logger.warn(details, 'claims could not be given back; they run out by themselves');
  }
}

/** Why to wait, for what waiting helps; undefined for a bug. */
function reasonOf(cause: unknown): string | undefined {
  if (typeof cause === 'string') return cause;
  return cause instanceof DomainError ? cause.reason : mongoDomainError(cause)?.reason;
}

function namesOf({ organisationId, subscription: { id, cycle } }: Claim): object {
  return { organisationId, subscriptionId: id, cycle };
}
