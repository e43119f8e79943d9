import {
  MongoError,
  MongoErrorLabel,
  MongoServerSelectionError,
  type ClientSession,
} from 'mongodb';
import { backOffMs, rest } from '@billingrails/waits';
import type { Mongo } from './connect';
import { isConnectionLoss, mongoDomainError } from './errors';

export interface TransactionOptions {
  /** Retries stop when this has passed, in milliseconds; default 15 s. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;
const RETRY = { firstMs: 5, maxMs: 250, factor: 1.5 };

/**
 * Runs `body` in one transaction: it reads one snapshot of what a majority has, and all its writes happen, journaled
 * on a majority, or none. `body` must pass `session` to every operation, one after the other, and must have no other
 * effect, because it is run again, whole, whenever the transaction was transiently refused; when only the answer to
 * the commit was lost, the commit alone is repeated.
 *
 * An error of the body's own aborts the transaction and is thrown as it is. When retries end without success, throws
 * DomainError stale (always lost against other writers) or unavailable (outage; the commit may have happened).
 *
 * The driver's `withTransaction` is not used: it retries for 120 s with no way to shorten it (its `timeoutMS` has no
 * effect), far beyond any caller's deadline.
 */
export async function inTransaction<T>(
  mongo: Mongo,
  body: (session: ClientSession) => Promise<T>,
  { timeoutMs = TIMEOUT_MS }: TransactionOptions = {},
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  const session = mongo.client.startSession({ causalConsistency: true });
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await attemptOnce(session, body, deadlineMs);
      } catch (error) {
        const again = mayPass(error, MongoErrorLabel.TransientTransactionError);
        const delayMs = jitteredMs(attempt);
        if (!again || performance.now() + delayMs >= deadlineMs) throw error;
        await rest(delayMs);
      }
    }
  } catch (error) {
    throw mongoDomainError(error) ?? error;
  } finally {
    // Aborts what is still open. Its failure changes nothing: the server ends orphaned transactions itself.
    await session.endSession().catch(() => undefined);
  }
}

async function attemptOnce<T>(
  session: ClientSession,
  body: (session: ClientSession) => Promise<T>,
  deadlineMs: number,
): Promise<T> {
  session.startTransaction({
    readConcern: { level: 'snapshot' },
    writeConcern: { w: 'majority', journal: true },
    readPreference: 'primary',
  });
  let result: T;
  try {
    result = await body(session);
  } catch (error) {
    if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
    throw error;
  }
  await commit(session, deadlineMs);
  return result;
}

/** Commits until the outcome is known or the deadline has passed. Committing twice is committing once. */
async function commit(session: ClientSession, deadlineMs: number): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await session.commitTransaction();
      return;
    } catch (error) {
      const unknown = mayPass(error, MongoErrorLabel.UnknownTransactionCommitResult);
      const delayMs = jitteredMs(attempt);
      if (!unknown || performance.now() + delayMs >= deadlineMs) throw error;
      await rest(delayMs);
    }
  }
}

/** A server that was looked for in vain has been waited for long enough. */
function mayPass(error: unknown, label: string): boolean {
  if (error instanceof MongoServerSelectionError) return false;
  if (isConnectionLoss(error)) return true;
  return error instanceof MongoError && error.hasErrorLabel(label);
}

/** Half of the back-off or more, so that those who collided do not collide again. */
function jitteredMs(attempt: number): number {
  return backOffMs(RETRY, attempt) * (0.5 + Math.random() / 2);
}
