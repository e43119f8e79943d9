import type { DescService } from '@bufbuild/protobuf';
import type { Interceptor } from '@connectrpc/connect';
import type { Logger } from '@billingrails/log';
import type { ToDomainError } from '../errors/answer';
import { answerErrors } from './answer-errors';
import { authenticateCalls, type Authenticate } from './authenticate';
import { keepDeadlines } from './keep-deadlines';
import { logCalls } from './log-calls';
import { validateRequests } from './validate';

export interface InterceptorOptions {
  readonly services: readonly DescService[];
  readonly authenticate: Authenticate;
  readonly logger: Logger;
  /** Knows the errors of infrastructure: 'unavailable' or 'exhausted'. */
  readonly toDomainError?: ToDomainError | undefined;
  /** Whether the server no longer takes calls. */
  readonly refusing?: () => boolean;
}

/**
 * What every call goes through, outermost first: its line in the log, errors as the caller reads them, the deadline, who
 * calls, the contract's rules.
 */
export function serverInterceptors(options: InterceptorOptions): Interceptor[] {
  return [
    logCalls(options.logger),
    answerErrors(options.toDomainError),
    keepDeadlines(options.refusing ?? (() => false)),
    authenticateCalls(options.authenticate),
    validateRequests(options.services),
  ];
}
