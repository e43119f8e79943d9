import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { DomainError } from '@billingrails/errors';
import type { Logger } from '@billingrails/log';
import { callKey, type CallHead } from '../call';
import { codeName } from '../errors/kinds';
import { observed } from './streams';

/** What is told of a call that has ended. Never headers, never messages. */
export interface CallRecord extends Partial<CallHead> {
  /** UNKNOWN for paths that no method has. */
  readonly service: string;
  readonly method: string;
  readonly startedAtMs: number;
}

/** The service and method of calls to paths that none has: what callers make up is no name for a metric. */
export const UNKNOWN = 'unknown';

/** Told of every call once, when it has ended with `error`, or well when there is none. */
export type CallEnded = (error: unknown, record: CallRecord) => void;

/** Tells of every call that gets as far as its handler. */
export function followCalls(ended: CallEnded): Interceptor {
  return (next) => async (request) => {
    const head = request.contextValues.get(callKey);
    const startedAtMs = head?.startedAtMs ?? performance.now();
    const done = (error?: unknown): void =>
      ended(error, {
        service: request.service.typeName,
        method: request.method.name,
        startedAtMs,
        ...(head && { requestId: head.requestId, principal: head.principal }),
      });
    try {
      const response = await next(request);
      if (!response.stream) {
        done();
        return response;
      }
      const message = observed(response.message, ({ complete, error }) => {
        done(complete ? error : new ConnectError('the reader left', Code.Canceled));
        return error;
      });
      return { ...response, message };
    } catch (error) {
      done(error);
      throw error;
    }
  };
}

/** The status that a call ended with; undefined when it ended well. */
export function codeOf(error: unknown): Code | undefined {
  return error === undefined ? undefined : ConnectError.from(error, Code.Internal).code;
}

/** One line a call: service, method, code, duration, the caller's name for it, organisation, key, reason of refusal. */
export function writeCall(logger: Logger, error: unknown, record: CallRecord): void {
  const code = codeOf(error);
  const level = levelOf(code, record.service);
  const cause = error instanceof ConnectError ? error.cause : error;
  // Refusals explain themselves; what is behind an internal error or a lost connection stands nowhere else.
  const refusal = cause instanceof DomainError ? cause : undefined;
  const telling = level === 'error' || (level === 'warn' && refusal?.cause !== undefined);
  logger[level](
    {
      service_name: record.service,
      method: record.method,
      code: code === undefined ? 'OK' : codeName(code),
      duration_ms: Math.round((performance.now() - record.startedAtMs) * 1_000) / 1_000,
      x_request_id: record.requestId,
      organisation_id: record.principal?.organisationId,
      key_id: record.principal?.keyId,
      reason: refusal?.reason,
      ...(telling && { err: cause }),
    },
    'call',
  );
}

function levelOf(code: Code | undefined, service: string): 'debug' | 'info' | 'warn' | 'error' {
  switch (code) {
    case undefined:
      // Probes come every few seconds and say nothing while all is well.
      return service.startsWith('grpc.') ? 'debug' : 'info';
    case Code.Internal:
    case Code.Unknown:
    case Code.DataLoss:
      return 'error';
    case Code.Unavailable:
    case Code.ResourceExhausted:
    case Code.DeadlineExceeded:
      return 'warn';
    default:
      return 'info';
  }
}
