import { Code, ConnectError } from '@connectrpc/connect';
import { DomainError, type ErrorKind, type Reason } from '@billingrails/errors';
import { connectErrorOf, domainErrorOf, plainError, type Encoding } from './details';
import { isRemote } from './remote';
import { shuttingDown } from './shutting-down';

export type ToDomainError = (error: unknown) => DomainError | undefined;

/** How long a caller waits before trying again when a service that this one needs is away. */
const REMOTE_RETRY_MS = 1_000;

/**
 * What another service may say to our caller in its own words. Not its refusal of our key, nor of the request we made
 * up: these are our faults.
 */
const passedOn: readonly ErrorKind[] = [
  'invalid',
  'not_found',
  'conflict',
  'precondition',
  'stale',
  'exhausted',
  'unavailable',
];

/**
 * The one place where anything thrown becomes what the caller reads. Whatever is not meant for callers leaves as
 * "internal error" with its cause attached for the log.
 */
export function answerOf(
  error: unknown,
  toDomainError: ToDomainError | undefined,
  encoding: Encoding,
): ConnectError {
  if (error instanceof DomainError) return connectErrorOf(error, encoding);
  const domainError = toDomainError?.(error);
  if (domainError !== undefined) return connectErrorOf(domainError, encoding);
  if (!(error instanceof ConnectError)) return internal(error);
  return isRemote(error) ? answerOfRemote(error, encoding) : answerOfRuntime(error, encoding);
}

/** What is told when a call ends before its handler does: the deadline, the caller's going away, our shutdown. */
export function answerOfAbort(reason: unknown): ConnectError {
  const code = reason instanceof ConnectError ? reason.code : Code.Canceled;
  if (code === Code.DeadlineExceeded) {
    return plainError(code, 'DEADLINE_EXCEEDED', 'The deadline passed before the call ended.');
  }
  if (code === Code.Unavailable) {
    // Short enough for any encoding.
    return connectErrorOf(shuttingDown(), { inTrailers: true });
  }
  return plainError(Code.Canceled, 'CANCELED', 'The caller went away.');
}

function answerOfRemote(error: ConnectError, encoding: Encoding): ConnectError {
  const domainError = domainErrorOf(error);
  if (domainError !== undefined && passedOn.includes(domainError.kind)) {
    return connectErrorOf(domainError, encoding);
  }
  const away: readonly Code[] = [Code.Unavailable, Code.DeadlineExceeded, Code.ResourceExhausted];
  if (!away.includes(error.code)) return internal(error);
  const message = 'A service that this one needs does not answer. Try again.';
  return connectErrorOf(
    new DomainError('unavailable', 'DEPENDENCY_UNAVAILABLE', message, [], {
      retryAfterMs: REMOTE_RETRY_MS,
      cause: error,
    }),
    encoding,
  );
}

/** The runtime's own refusals: unreadable messages, limits, methods that do not exist. */
function answerOfRuntime(error: ConnectError, encoding: Encoding): ConnectError {
  if (error.details.length > 0) {
    // Ours, such as of JSON that cannot be read: the runtime told it before it was known how it would travel.
    const domainError = domainErrorOf(error);
    return domainError === undefined ? error : connectErrorOf(domainError, encoding);
  }
  const message = error.rawMessage;
  switch (error.code) {
    case Code.Internal:
      // The runtime calls undecodable bytes an internal error; they are the caller's.
      return /^(parse binary|protocol error|premature)/.test(message)
        ? unreadable(error)
        : internal(error);
    case Code.InvalidArgument:
      return unreadable(error);
    case Code.Unknown:
    case Code.DataLoss:
      return internal(error);
    case Code.ResourceExhausted:
      return plainError(error.code, 'MESSAGE_TOO_LARGE', message, error);
    case Code.Canceled:
      return plainError(error.code, 'CANCELED', message, error);
    case Code.DeadlineExceeded:
      return plainError(error.code, 'DEADLINE_EXCEEDED', message, error);
    case Code.Unimplemented:
      return plainError(error.code, unimplementedReason(message), message, error);
    default:
      return internal(error);
  }
}

/** By its words: the runtime has nothing else to tell these apart. */
function unimplementedReason(message: string): Reason {
  if (/^unknown compression/.test(message)) return 'COMPRESSION_UNSUPPORTED';
  return / is not implemented$/.test(message) ? 'METHOD_UNKNOWN' : 'PROTOCOL_UNSUPPORTED';
}

function unreadable(error: ConnectError): ConnectError {
  const message = `The request cannot be read: ${error.rawMessage.replace(/^parse binary: /, '')}`;
  return plainError(Code.InvalidArgument, 'REQUEST_MALFORMED', message, error);
}

function internal(cause: unknown): ConnectError {
  return plainError(Code.Internal, 'INTERNAL', 'internal error', cause);
}
