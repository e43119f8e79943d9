import type { DescService } from '@bufbuild/protobuf';
import type { Interceptor } from '@connectrpc/connect';
import type { ToDomainError } from '../errors/answer';
import { answerErrors } from './answer-errors';
import { keepDeadlines } from './keep-deadlines';
import { followCalls, type CallEnded } from './log-calls';
import { validateRequests } from './validate';

export interface InterceptorOptions {
  readonly services: readonly DescService[];
  readonly ended: CallEnded;
  /** Knows the errors of infrastructure: 'unavailable' or 'exhausted'. */
  readonly toDomainError?: ToDomainError | undefined;
  /** Whether the server no longer takes calls. */
  readonly refusing?: () => boolean;
}

/**
 * What every call goes through, outermost first: its line in the log, errors as the caller reads them, the deadline,
 * the contract's rules. Who calls was found out before, by the headers alone.
 */
export function serverInterceptors(options: InterceptorOptions): Interceptor[] {
  return [
    followCalls(options.ended),
    answerErrors(options.toDomainError),
    keepDeadlines(options.refusing ?? (() => false)),
    validateRequests(options.services),
  ];
}
