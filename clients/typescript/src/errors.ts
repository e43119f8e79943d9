import { Code, ConnectError } from '@connectrpc/connect';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  HelpSchema,
  RetryInfoSchema,
} from './gen/google/rpc/error_details_pb.js';

/** One thing that is wrong with a request. */
export interface Violation {
  /** The path of the field, such as `events[3].properties.duration`. */
  readonly field: string;
  /** What must be, for people. */
  readonly description: string;
}

/** What a call ended with, whoever noticed it: the service, the network or this client. */
export class BillingrailsError extends ConnectError {
  override name = 'BillingrailsError';
  /** Stable, such as `METER_NOT_FOUND`; docs/errors.md lists them. Empty where no service has answered. */
  readonly reason: string;
  /** Everything that is wrong with the request. */
  readonly violations: readonly Violation[];
  /** After how long repeating may help. Unset: not told. */
  readonly retryAfterMs: number | undefined;
  /** Where the reason is explained. Empty where no service has answered. */
  readonly help: string;
  /** Names the call in the logs of the services. Empty where no service has answered. */
  readonly requestId: string;

  private constructor(error: ConnectError, violations?: readonly Violation[]) {
    super(error.rawMessage, error.code, error.metadata, undefined, error.cause);
    this.details = error.details;
    const [info] = error.findDetails(ErrorInfoSchema);
    this.reason = info?.reason ?? '';
    this.violations =
      violations ??
      error
        .findDetails(BadRequestSchema)
        .flatMap(({ fieldViolations }) => fieldViolations)
        .map(({ field, description }) => ({ field, description }));
    const [retry] = error.findDetails(RetryInfoSchema);
    this.retryAfterMs =
      retry?.retryDelay && Number(retry.retryDelay.seconds) * 1e3 + retry.retryDelay.nanos / 1e6;
    this.help = error.findDetails(HelpSchema)[0]?.links[0]?.url ?? '';
    this.requestId = error.metadata.get('x-request-id') ?? '';
  }

  /** That of ConnectError takes every ConnectError for one of a class below it. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'BillingrailsError';
  }

  /** Whatever was thrown, as an error of this kind. */
  static override from(reason: unknown, code?: Code): BillingrailsError {
    if (reason instanceof BillingrailsError) return reason;
    const error = ConnectError.from(reason, code);
    // Node's word for a connection that broke; ABORTED is the word of a service for something else.
    const isBroken =
      error.code === Code.Aborted && error.cause instanceof Error && 'code' in error.cause;
    return new BillingrailsError(
      isBroken ? new ConnectError(error.rawMessage, Code.Unavailable, {}, [], error.cause) : error,
    );
  }

  /** The same, of one part of what was asked. */
  about(violations: readonly Violation[]): BillingrailsError {
    return new BillingrailsError(this, violations);
  }

  /** Whether the very same call may succeed later: UNAVAILABLE, or RESOURCE_EXHAUSTED where repeating can help. */
  get isPassing(): boolean {
    if (this.metadata.get('grpc-retry-pushback-ms') === '-1') return false;
    return this.code === Code.Unavailable || this.code === Code.ResourceExhausted;
  }
}
