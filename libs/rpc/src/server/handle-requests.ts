import { Code, ConnectError, createContextValues } from '@connectrpc/connect';
import {
  createAsyncIterable,
  type UniversalHandler,
  type UniversalServerRequest,
  type UniversalServerResponse,
} from '@connectrpc/connect/protocol';
import { universalRequestFromNodeRequest } from '@connectrpc/connect-node';
import type { Logger } from '@billingrails/log';
import { callKey, type Call } from '../call';
import { answerOf } from '../errors/answer';
import { writeCall } from '../interceptors/log-calls';
import type { Handover } from '../lean/exchange';
import type { LeanCalls } from '../lean/lean-calls';
import { DEADLINE_MS_MAX, STREAM_MS_MAX } from '../limits';
import { principalKey } from '../principal';
import { isGrpc } from '../protocol';
import { isByteStream, limitDeadline, readWithin } from './deadline';
import { rewriteEarlyError } from './early-errors';
import type { RequestHandler } from './listener';
import { answerMetrics, type ReadMetrics } from './metrics';
import { sendAnswer, sendHeadersAlone } from './send-answer';

export interface RequestsOptions {
  readonly handlers: readonly UniversalHandler[];
  /** Takes the calls that need no handler. */
  readonly lean: LeanCalls;
  readonly metrics: ReadMetrics | undefined;
  readonly logger: Logger;
  /** Told of every request and of its end, when the answer has left or the caller has. */
  readonly onStart: () => void;
  readonly onEnd: () => void;
}

type Requests = Parameters<RequestHandler>;

/** Answers HTTP requests with the handlers of their paths. Never throws, whatever a request holds. */
export function handleRequests({
  handlers,
  lean,
  metrics,
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
    if (handler === undefined) {
      const isForMetrics = request.method === 'GET' && path === '/metrics';
      if (metrics === undefined || !isForMetrics) return answerUnknownPath(request, response);
      return void answerMetrics(metrics, request, response, logger);
    }
    const answerBy = (given?: Handover): void => {
      answer(handler, request, response, logger, given).catch((error: unknown) => {
        logger.debug({ err: error, path }, 'the answer could not be sent');
        if (!response.headersSent) response.writeHead(400);
        response.end();
      });
    };
    if (!lean.take(request, response, answerBy)) answerBy();
  };
}

async function answer(
  handler: UniversalHandler,
  request: Requests[0],
  response: Requests[1],
  logger: Logger,
  given?: Handover,
): Promise<void> {
  const startedAtMs = given?.startedAtMs ?? performance.now();
  // Throws on a Host that is no host.
  const asked = universalRequestFromNodeRequest(request, response, undefined, undefined);
  const limitMs = limitDeadline(asked.header, longestMs(handler, given));
  const call: Call = {
    startedAtMs,
    deadlineAtMs: performance.now() + limitMs,
    reached: false,
    ...(given?.failure !== undefined && { failure: given.failure }),
  };
  const rest = given?.isWhole ? null : asked.body;
  const body = isByteStream(rest) ? readWithin(rest, Math.min(limitMs, DEADLINE_MS_MAX)) : rest;
  const sent = await handler({
    ...asked,
    body: given === undefined ? body : joined(given.read, body),
    contextValues: createContextValues().set(callKey, call).set(principalKey, given?.principal),
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

/** What is left of a call that was handed over; one that has failed needs none, but must not end before it is told. */
function longestMs(handler: UniversalHandler, given: Handover | undefined): number {
  if (lasts(handler)) return Infinity;
  if (handler.method.methodKind !== 'unary') return STREAM_MS_MAX;
  if (given === undefined || given.failure !== undefined) return DEADLINE_MS_MAX;
  return Math.max(1, Math.ceil(given.deadlineAtMs - performance.now()));
}

async function* joined(
  read: AsyncIterable<Uint8Array>,
  rest: UniversalServerRequest['body'],
): AsyncGenerator<Uint8Array> {
  yield* read;
  if (isByteStream(rest)) yield* rest;
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
