import type { ErrorKind } from './error-kind';
import type { Reason, ReasonOf } from './reasons/reasons';

/** One thing wrong with a request. `field` is a path in proto names, such as `events[3].properties.duration`. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

export interface DomainErrorOptions {
  /** When trying again may help, in milliseconds from now. */
  readonly retryAfterMs?: number;
  /** What lies behind it; goes to the log, never to the caller. */
  readonly cause?: unknown;
  /** How many violations there are when not all of them are listed. */
  readonly violationCount?: number;
  /** For programs, beside the reason: ErrorInfo.metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** An error that the caller is told about. Anything else that is thrown leaves as "internal error". */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly retryAfterMs: number | undefined;
  /** How many violations there are, listed or not. */
  readonly violationCount: number;
  readonly metadata: Readonly<Record<string, string>>;

  /**
   * @param reason names the error for programs; stable. Every one is explained in `reasons/`
   * @param message tells people what to do, in a full sentence
   * @param violations all that is wrong, in the order to be shown
   */
  constructor(
    readonly kind: ErrorKind,
    readonly reason: Reason,
    message: string,
    readonly violations: readonly Violation[] = [],
    options: DomainErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
    this.metadata = options.metadata ?? {};
    this.violationCount = options.violationCount ?? violations.length;
  }
}

/** The same error with other violations, such as the same in the names of another request. Nothing else is lost. */
export function withViolations(error: DomainError, violations: readonly Violation[]): DomainError {
  const { kind, reason, message, retryAfterMs, metadata } = error;
  const options = { cause: error, metadata, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  return new DomainError(kind, reason, message, violations, options);
}

/** The request itself is wrong, whatever the state of things. */
export function invalid(
  reason: ReasonOf<'invalid'>,
  message: string,
  violations: readonly Violation[] = [],
  options: Pick<DomainErrorOptions, 'violationCount'> = {},
): DomainError {
  return new DomainError('invalid', reason, message, violations, options);
}

/** There is no such thing, or the caller may not see it: the two look the same. */
export function notFound(
  reason: ReasonOf<'not_found'>,
  message: string,
  violations: readonly Violation[] = [],
): DomainError {
  return new DomainError('not_found', reason, message, violations);
}

/** It exists already, with other content. */
export function conflict(
  reason: ReasonOf<'conflict'>,
  message: string,
  violations: readonly Violation[] = [],
): DomainError {
  return new DomainError('conflict', reason, message, violations);
}

/** The request is well-formed, but the state of things does not allow it. */
export function precondition(
  reason: ReasonOf<'precondition'>,
  message: string,
  violations: readonly Violation[] = [],
): DomainError {
  return new DomainError('precondition', reason, message, violations);
}

/** Somebody else was faster: read again, then try again. */
export function stale(reason: ReasonOf<'stale'>, message: string): DomainError {
  return new DomainError('stale', reason, message);
}

/** There is no room now; trying the same again after `retryAfterMs` may work. */
export function exhausted(
  reason: ReasonOf<'exhausted'>,
  message: string,
  retryAfterMs: number,
  cause?: unknown,
): DomainError {
  return new DomainError('exhausted', reason, message, [], { retryAfterMs, cause });
}

/** Something this rests on is away; trying the same again after `retryAfterMs` may work. */
export function unavailable(
  reason: ReasonOf<'unavailable'>,
  message: string,
  retryAfterMs: number,
  cause?: unknown,
): DomainError {
  return new DomainError('unavailable', reason, message, [], { retryAfterMs, cause });
}
