import type { Message } from '@bufbuild/protobuf';
import type { ConnectError, Interceptor, StreamRequest, UnaryRequest } from '@connectrpc/connect';
import { answerOf, answerOfAbort, type ToDomainError } from '../errors/answer';
import { withIdProblems } from '../errors/id-problems';
import { isGrpc } from '../protocol';
import { observed } from './streams';

/** Turns whatever a handler throws into what its caller may read; see answerOf. */
export function answerErrors(toDomainError: ToDomainError | undefined): Interceptor {
  return (next) => async (request) => {
    const asked = new Asked(request);
    try {
      const response = await next(asked.request);
      if (!response.stream) return response;
      const message = observed(response.message, ({ error }) =>
        error === undefined ? undefined : answer(asked, error, toDomainError),
      );
      return { ...response, message };
    } catch (error) {
      throw answer(asked, error, toDomainError);
    }
  };
}

/** A request with the message that came with it, or the last that came. */
class Asked {
  readonly request: UnaryRequest | StreamRequest;
  message: Message | undefined;

  constructor(request: UnaryRequest | StreamRequest) {
    if (!request.stream) this.message = request.message;
    this.request = request.stream
      ? { ...request, message: this.#noting(request.message) }
      : request;
  }

  async *#noting<T extends Message>(messages: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const message of messages) {
      this.message = message;
      yield message;
    }
  }
}

function answer(
  { request, message }: Asked,
  error: unknown,
  toDomainError: ToDomainError | undefined,
): ConnectError {
  // Whatever a handler throws once its signal is aborted is a consequence of that.
  if (request.signal.aborted) return answerOfAbort(request.signal.reason);
  const told = message === undefined ? error : withIdProblems(error, request.method.input, message);
  return answerOf(told, toDomainError, {
    inTrailers: isGrpc(request.header.get('content-type')),
  });
}
