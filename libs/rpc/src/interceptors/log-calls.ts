import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { DomainError } from '@billingrails/errors';
import type { Logger } from '@billingrails/log';
import { callKey } from '../call';
import { codeName } from '../errors/kinds';
import { principalKey, type Principal } from '../principal';
import { observed } from './streams';

/** What a line about a call says. Never headers, never messages. */
export interface CallRecord {
  readonly service: string;
  readonly method: string;
  readonly startedAtMs: number;
  readonly principal: Principal | undefined;
}

/** One line a call: service, method, code, duration, organisation and key. */
export function logCalls(logger: Logger): Interceptor {
  return (next) => async (request) => {
    const startedAtMs = request.contextValues.get(callKey)?.startedAtMs ?? performance.now();
    const done = (error?: unknown): void =>
      writeCall(logger, error, {
        service: request.service.typeName,
        method: request.method.name,
        startedAtMs,
        principal: request.contextValues.get(principalKey),
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

/** Writes the line of a call that ended with `error`, or well when there is none. */
export function writeCall(logger: Logger, error: unknown, record: CallRecord): void {
  const code = error === undefined ? undefined : ConnectError.from(error, Code.Internal).code;
  const level = levelOf(code, record.service);
  const cause = error instanceof ConnectError ? error.cause : error;
  // Refusals explain themselves; what is behind an internal error or a lost connection stands nowhere else.
  const telling = level === 'error' || (level === 'warn' && cause instanceof DomainError);
  logger[level](
    {
      service_name: record.service,
      method: record.method,
      code: code === undefined ? 'OK' : codeName(code),
      duration_ms: Math.round((performance.now() - record.startedAtMs) * 1_000) / 1_000,
      organisation_id: record.principal?.organisationId,
      key_id: record.principal?.keyId,
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
