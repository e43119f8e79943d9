import { DomainError } from '@billingrails/errors';
import type { Logger } from '@billingrails/log';
import { mongoDomainError } from '@billingrails/mongo';
import { backOffMs } from '@billingrails/waits';
import { RETRY } from '../domain/retry';
import { dueOf } from '../domain/due-of';
import type { Claim } from '../store/due';
import { close, type CloseParts } from '../../bills/use-cases/close';
import type { Due } from './take-due';

/** What processing what is due needs beside closing. */
export interface ProcessDueParts extends CloseParts {
  /** The real time. */
  readonly nowMs: () => number;
  /** How long after its end a period of real time is closed. */
  readonly settleMs: number;
  readonly logger: Logger;
  /** Called after each commit: a message waits in the outbox. */
  readonly onClosed: () => void;
  /** Aborted when the service stops. */
  readonly signal: AbortSignal;
}

/**
 * Closes a due subscription's ended cycles one after another, in order. What cannot be closed now is postponed with
 * growing delay and logged; it never rejects, and nothing is lost if it never comes to an end.
 */
export async function processDue(
  parts: ProcessDueParts,
  { claim, testClockMs }: Due,
): Promise<void> {
  const { due, nowMs, settleMs, graceMs, logger } = parts;
  let current: Claim | undefined = claim;
  while (current !== undefined) {
    const done: Claim = current;
    const times = {
      closeMs: testClockMs ?? nowMs(),
      dueOf: dueOf(testClockMs === undefined ? 'real' : 'test', settleMs, graceMs),
    };
    try {
      const outcome = await close(parts, done, times, parts.signal);
      if (outcome === 'partial') return await postpone(parts, done, 'usage is still being counted');
      logger.debug({ ...namesOf(done), outcome }, 'Due cycle processed.');
      if (outcome === 'billed') parts.onClosed();
      if (outcome === 'overtaken' || parts.signal.aborted) return;
      current = await due.claimNext(done, testClockMs, nowMs());
    } catch (error) {
      return await postpone(parts, done, error);
    }
  }
}

/** Keeps a claim for later. If even that fails, the claim runs out by itself. */
async function postpone(parts: ProcessDueParts, claim: Claim, cause: unknown): Promise<void> {
  const { due, nowMs, logger, signal } = parts;
  const delayMs = signal.aborted ? 0 : backOffMs(RETRY, claim.attempts);
  const details = { ...namesOf(claim), attempts: claim.attempts, delayMs };
  const reason = reasonOf(cause);
  if (reason !== undefined) logger.warn({ ...details, reason }, 'A period cannot be closed yet.');
  else logger.error({ ...details, err: cause }, 'Closing a period failed.');
  try {
    await due.postpone(claim, nowMs() + delayMs);
  } catch (error) {
    logger.warn(
      { ...details, err: error },
      'A claim could not be given back; it runs out by itself.',
    );
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
