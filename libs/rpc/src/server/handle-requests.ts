import { Code, ConnectError, createContextValues } from '@connectrpc/connect';
import {
  createAsyncIterable,
  type UniversalHandler,
  type UniversalServerResponse,
} from '@connectrpc/connect/protocol';
import { universalRequestFromNodeRequest } from '@connectrpc/connect-node';
import type { Logger } from '@billingrails/log';
import { callKey, type Call } from '../call';
import { answerOf } from '../errors/answer';
import { writeCall } from '../interceptors/log-calls';
import { DEADLINE_MS_MAX } from '../limits';
import { isGrpc } from '../protocol';
import { isByteStream, limitDeadline, readWithin } from './deadline';
import { rewriteEarlyError } from './early-errors';
import type { RequestHandler } from './listener';
import { sendAnswer, sendHeadersAlone } from './send-answer';

export interface RequestsOptions {
  readonly handlers: readonly UniversalHandler[];
  readonly logger: Logger;
  /** Told of every request and of its end, when the answer has left or the caller has. */
  readonly onStart: () => void;
  readonly onEnd: () => void;
}

type Requests = Parameters<RequestHandler>;

/** Answers HTTP requests with the handlers of their paths. Never throws, whatever a request holds. */
export function handleRequests({
  handlers,
  logger,
  onStart,
  onEnd,
}: RequestsOptions): RequestHandler {
  const byPath = new Map(handlers.map((handler) => [handler.requestPath, handler]));
  return (request, response) => {
    onStart();
    response.once('close', onEnd);
    const path = request.url?.split('?', 1)[0] ?? '';
    const handler = byPath.get(path);
    if (handler === undefined) return answerUnknownPath(request, response);
    answer(handler, request, response, logger).catch((error: unknown) => {
      logger.debug({ err: error, path }, 'the answer could not be sent');
      if (!response.headersSent) response.writeHead(400);
      response.end();
    });
  };
}

async function answer(
  handler: UniversalHandler,
  request: Requests[0],
  response: Requests[1],
  logger: Logger,
): Promise<void> {
  const startedAtMs = performance.now();
  // Throws on a Host that is no host.
  const asked = universalRequestFromNodeRequest(request, response, undefined, undefined);
  const limitMs = limitDeadline(asked.header, lasts(handler) ? Infinity : DEADLINE_MS_MAX);
  const call: Call = { deadlineAtMs: startedAtMs + limitMs, reached: false };
  const sent = await handler({
    ...asked,
    body: isByteStream(asked.body)
      ? readWithin(asked.body, Math.min(limitMs, DEADLINE_MS_MAX))
      : asked.body,
    contextValues: createContextValues().set(callKey, call),
  });
  const told = call.reached ? sent : await refused(handler, sent, startedAtMs, logger);
  await sendAnswer(told, request, response);
}

/** The interceptors never saw this call, so what they would have done is done here. */
async function refused(
  handler: UniversalHandler,
  sent: UniversalServerResponse,
  startedAtMs: number,
  logger: Logger,
): Promise<UniversalServerResponse> {
  const { response, error } = await rewriteEarlyError(sent, (early) =>
    answerOf(early, undefined, { inTrailers: isGrpc(sent.header?.get('content-type') ?? null) }),
  );
  const reason = error ?? new ConnectError(`HTTP ${sent.status}`, Code.InvalidArgument);
  writeCall(logger, reason, {
    service: handler.service.typeName,
    method: handler.method.name,
    startedAtMs,
    principal: undefined,
  });
  return error === undefined ? explained(response) : response;
}

/** The runtime answers what no protocol understands with a bare status. */
function explained(response: UniversalServerResponse): UniversalServerResponse {
  const message =
    response.status === 415
      ? 'The Content-Type must be application/json, application/proto or one of gRPC or gRPC-Web.'
      : 'The HTTP method must be POST, or GET where the method only reads.';
  return {
    ...response,
    header: new Headers([...(response.header ?? []), ['content-type', 'application/json']]),
    body: createAsyncIterable([Buffer.from(JSON.stringify({ code: 'unknown', message }))]),
  };
}

/** Whoever watches health does so for as long as it lives. */
function lasts({ service, method }: UniversalHandler): boolean {
  return service.typeName === 'grpc.health.v1.Health' && method.name === 'Watch';
}

/** Says that there is no such method, in the words of the protocol that was spoken. */
function answerUnknownPath(request: Requests[0], response: Requests[1]): void {
  const contentType = request.headers['content-type'] ?? null;
  request.resume();
  if (isGrpc(contentType) && 'stream' in request && 'stream' in response) {
    const headers = new Headers({
      'content-type': 'application/grpc',
      'grpc-status': '12',
      'grpc-message': 'There is no such method.',
    });
    return sendHeadersAlone(headers, request, response);
  }
  const body = Buffer.from('{"code":"unimplemented","message":"There is no such method."}');
  const header = new Headers({ 'content-type': 'application/json' });
  const answer = { status: 404, header, body: createAsyncIterable([body]) };
  sendAnswer(answer, request, response).catch(() => undefined);
}
