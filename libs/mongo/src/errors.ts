import {
  MongoClientClosedError,
  MongoError,
  MongoErrorLabel,
  MongoExpiredSessionError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb';
import { DomainError, exhausted, stale, unavailable } from '@billingrails/errors';

/** When a caller who met an outage should try again: an election takes a few seconds. */
const OUTAGE_RETRY_MS = 1_000;
const FULL_RETRY_MS = 30_000;

/**
 * Server errors that say "not now": no primary, shutting down, interrupted, time limit, majority not reached.
 * Codes as in MongoDB's error_codes.yml.
 */
const UNAVAILABLE_CODES: ReadonlySet<number> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  24, // LockTimeout
  50, // MaxTimeMSExpired
  64, // WriteConcernFailed
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // UnsatisfiableWriteConcern
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  189, // PrimarySteppedDown
  202, // NetworkInterfaceExceededTimeLimit
  206, // NoSuchSession
  239, // SnapshotTooOld
  246, // SnapshotUnavailable
  251, // NoSuchTransaction
  262, // ExceededTimeLimit
  290, // TransactionExceededLifetimeLimitSeconds
  9001, // SocketException
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11601, // Interrupted
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
]);

const CONNECTION_CODES: ReadonlySet<string> = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);

const WRITE_CONFLICT = 112;
const OUT_OF_DISK_SPACE = 14031;

/**
 * What a failure of MongoDB means to a caller: lost, electing, overloaded → unavailable; no disk space → exhausted;
 * lost against another writer → stale. `undefined` when it is none of the infrastructure's: a bug, or a broken rule
 * of the data such as a duplicate key.
 */
export function mongoDomainError(error: unknown): DomainError | undefined {
  if (error instanceof MongoServerError && error.code === WRITE_CONFLICT) {
    return stale('WRITE_CONFLICT', 'Another write to the same data was faster. Try again.');
  }
  if (error instanceof MongoServerError && error.code === OUT_OF_DISK_SPACE) {
    return exhausted('DATABASE_FULL', 'The database has no room left.', FULL_RETRY_MS, error);
  }
  if (!isOutage(error)) return undefined;
  const message = 'The database does not answer. Try again.';
  return unavailable('DATABASE_UNAVAILABLE', message, OUTAGE_RETRY_MS, error);
}

/** Whether it is a connection's raw error: the driver lets some through as they are. */
export function isConnectionLoss(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return CONNECTION_CODES.has(String(error.code));
}

function isOutage(error: unknown): boolean {
  if (isConnectionLoss(error)) return true;
  if (!(error instanceof MongoError)) return false;
  if (error instanceof MongoServerError && UNAVAILABLE_CODES.has(Number(error.code))) return true;
  return (
    error instanceof MongoNetworkError ||
    error instanceof MongoServerSelectionError ||
    error instanceof MongoOperationTimeoutError ||
    error instanceof MongoNotConnectedError ||
    error instanceof MongoTopologyClosedError ||
    error instanceof MongoClientClosedError ||
    error instanceof MongoExpiredSessionError ||
    // The pool's own errors are not exported by the driver.
    error.name === 'MongoWaitQueueTimeoutError' ||
    error.name === 'MongoPoolClearedError' ||
    error.name === 'MongoPoolClosedError' ||
    error.hasErrorLabel(MongoErrorLabel.RetryableWriteError) ||
    error.hasErrorLabel(MongoErrorLabel.TransientTransactionError) ||
    error.hasErrorLabel(MongoErrorLabel.UnknownTransactionCommitResult)
  );
}
