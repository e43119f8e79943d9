import type { UniversalHandler } from '@connectrpc/connect/protocol';
import type { Logger } from '@billingrails/log';
import type { CallHead } from '../call';
import { answerOf, answerOfAbort, type ToDomainError } from '../errors/answer';
import { isOpen, whoCalls, type Authenticate } from '../interceptors/authenticate';
import { UNKNOWN } from '../interceptors/log-calls';
import type { Handover } from '../lean/exchange';
import type { LeanCalls } from '../lean/lean-calls';
import { ORGANISATION_HEADER, type Principal } from '../principal';
import { isGrpc } from '../protocol';
import { REQUEST_ID_HEADER, requestIdOf } from '../request-id';
import { allowOrigins } from './cors';
import type { RequestHandler } from './listener';
import { answerMetrics, type ReadMetrics } from './metrics';
import { servePlain, type PlainRoute } from './plain-route';
import { misfitOf, starting, unknownMethod } from './answers/misfits';
import { refuse, type Refusal } from './answers/refuse';
import { serveCall, type ServeOptions } from './serve-call';

export interface RequestsOptions extends ServeOptions {
  readonly handlers: readonly UniversalHandler[];
  /** Takes the calls that need no handler. */
  readonly lean: LeanCalls;
  readonly authenticate: Authenticate;
  readonly toDomainError: ToDomainError | undefined;
  readonly metrics: ReadMetrics | undefined;
  /** Whose pages may call from browsers; see allowOrigins. */
  readonly origins: readonly string[];
  /** What is posted in forms of its own. */
  readonly plain: readonly PlainRoute[];
  /** Given when nothing is served yet: what for. */
  readonly waitsFor: (() => string) | undefined;
  readonly logger: Logger;
  /** Told of every request and of its end, when the answer has left or the caller has. */
  readonly onStart: () => void;
  readonly onEnd: () => void;
}

type Requests = Parameters<RequestHandler>;

const organisationHeader = ORGANISATION_HEADER.toLowerCase();

/**
 * Answers HTTP requests with the handlers of their paths. Never throws, whatever a request holds. All that the headers
 * decide is decided before anything of the body is read: the path, the form, and who calls.
 */
export function handleRequests(options: RequestsOptions): RequestHandler {
  const { handlers, metrics, logger, ended } = options;
  const byPath = new Map(handlers.map((handler) => [handler.requestPath, handler]));
  const services = [...new Set(handlers.map(({ service }) => service))];
  const answerPreflight = allowOrigins(options.origins);
  return (request, response) => {
    options.onStart();
    response.once('close', options.onEnd);
    const known = { startedAtMs: performance.now(), requestId: requestIdOf(request.headers) };
    response.setHeader(REQUEST_ID_HEADER, known.requestId);
    if (answerPreflight(request, response)) return;
    const path = request.url?.split('?', 1)[0] ?? '';
    const handler = byPath.get(path);
    if (handler !== undefined) return take(handler, request, response, known, options);
    if (metrics !== undefined && request.method === 'GET' && path === '/metrics') {
      return void answerMetrics(metrics, request, response, logger);
    }
    const route = options.plain.find(({ prefix }) => path.startsWith(prefix));
    if (route !== undefined && options.waitsFor === undefined)
      return void servePlain(route, path, request, response, known, ended);
    const record = { service: UNKNOWN, method: UNKNOWN, ...known };
    const refusal =
      options.waitsFor === undefined ? unknownMethod(path, services) : starting(options.waitsFor());
    refuse(refusal, request, response, record, ended);
  };
}

function take(
  handler: UniversalHandler,
  request: Requests[0],
  response: Requests[1],
  known: Omit<CallHead, 'principal'>,
  options: RequestsOptions,
): void {
  const { lean, logger, ended } = options;
  const names = { service: handler.service.typeName, method: handler.method.name };
  const stop = (refusal: Refusal): void =>
    refuse(refusal, request, response, { ...names, ...known }, ended);
  const misfit = misfitOf(handler, request.method, request.headers['content-type']);
  if (misfit !== undefined) return stop(misfit);
  let isGone = false;
  response.once('close', () => (isGone = true));

  const serve = (principal: Principal | undefined): void => {
    if (isGone) return ended(answerOfAbort(undefined), { ...names, ...known, principal });
    const head = { ...known, principal };
    const answerBy = (given?: Handover): void => {
      serveCall(handler, request, response, head, options, given).catch((error: unknown) => {
        logger.debug({ err: error, ...names }, 'the answer could not be sent');
        if (!response.headersSent) response.writeHead(400);
        response.end();
      });
    };
    if (!lean.take(head, request, response, answerBy)) answerBy();
  };
  if (isOpen(names.service)) return serve(undefined);
  const { authorization, [organisationHeader]: organisation } = request.headers;
  whoCalls(authorization, organisation?.toString(), options.authenticate).then(
    serve,
    (error: unknown) => {
      const inTrailers = isGrpc(request.headers['content-type'] ?? null);
      stop({ error: answerOf(error, options.toDomainError, { inTrailers }) });
    },
  );
}
