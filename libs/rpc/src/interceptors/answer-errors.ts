import type { ConnectError, Interceptor, StreamRequest, UnaryRequest } from '@connectrpc/connect';
import { answerOf, answerOfAbort, type ToDomainError } from '../errors/answer';
import { isGrpc } from '../protocol';
import { observed } from './streams';

/** Turns whatever a handler throws into what its caller may read; see answerOf. */
export function answerErrors(toDomainError: ToDomainError | undefined): Interceptor {
  return (next) => async (request) => {
    try {
      const response = await next(request);
      if (!response.stream) return response;
      const message = observed(response.message, ({ error }) =>
        error === undefined ? undefined : answer(request, error, toDomainError),
      );
      return { ...response, message };
    } catch (error) {
      throw answer(request, error, toDomainError);
    }
  };
}

function answer(
  request: UnaryRequest | StreamRequest,
  error: unknown,
  toDomainError: ToDomainError | undefined,
): ConnectError {
  // Whatever a handler throws once its signal is aborted is a consequence of that.
  if (request.signal.aborted) return answerOfAbort(request.signal.reason);
  return answerOf(error, toDomainError, {
    inTrailers: isGrpc(request.header.get('content-type')),
  });
}
