import type { DescMethod, DescService } from '@bufbuild/protobuf';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import type { Scope } from '@billingrails/contracts/billingrails/common/v1/scope_pb';
import type { Logger } from '@billingrails/log';
import type { CallHead } from '../call';
import { answerOf, answerOfAbort, type ToDomainError } from '../errors/answer';
import { isOpen, whoCalls, type Authenticate } from '../interceptors/authenticate';
import { UNKNOWN } from '../interceptors/log-calls';
import type { Handover } from '../lean/exchange';
import type { LeanCalls } from '../lean/lean-calls';
import { ORGANISATION_HEADER, type Principal } from '../principal';
import type { CallTurns } from '../rates/call-turns';
import type { Rates } from '../rates/rates';
import { requiredScope, scopeMissing } from '../scopes';
import { isGrpc } from '../protocol';
import { REQUEST_ID_HEADER, requestIdOf } from '../request-id';
import { allowOrigins } from './cors';
import type { RequestHandler } from './listener';
import { answerMetrics, type ReadMetrics } from './metrics';
import { passOn, type Pass } from './pass-on';
import { isOfRoute, servePlain, type PlainRoute } from './plain-route';
import { misfitOf, starting, unknownMethod } from './answers/misfits';
import { refuse, type Refusal } from './answers/refuse';
import { fromWhere, serveCall, type ServeOptions } from './serve-call';

export interface RequestsOptions extends ServeOptions {
  readonly handlers: readonly UniversalHandler[];
  /** Takes the calls that need no handler. */
  readonly lean: LeanCalls;
  readonly authenticate: Authenticate;
  /** What callers may do a second. */
  readonly rates: Rates;
  /** The order of calls where many come at once. Those of services, and streams, which may last, take no turns. */
  readonly callTurns: CallTurns;
  readonly toDomainError: ToDomainError | undefined;
  readonly metrics: ReadMetrics | undefined;
  /** Whose pages may call from browsers; see allowOrigins. */
  readonly origins: readonly string[];
  /** What is posted in forms of its own. */
  readonly plain: readonly PlainRoute[];
  /** Takes calls that others answer. */
  readonly pass: Pass | undefined;
  /** What the paths of calls may name besides those of the handlers. */
  readonly services: readonly DescService[];
  /** Whether the server no longer takes calls. */
  readonly refusing: () => boolean;
  /** Aborted when running calls are to end. */
  readonly ending: AbortSignal;
  /** Given when nothing is served yet: what for. */
  readonly waitsFor: (() => string) | undefined;
  readonly logger: Logger;
  /** Told of who lacks the scope that a method needs. */
  readonly onRefused: ((principal: Principal, method: DescMethod) => void) | undefined;
  /** Told of every request and of its end, when the answer has left or the caller has. */
  readonly onStart: () => void;
  readonly onEnd: () => void;
}

type Requests = Parameters<RequestHandler>;

const organisationHeader = ORGANISATION_HEADER.toLowerCase();

/**
 * Answers HTTP requests with the handlers of their paths. Never throws, whatever a request holds. All that the headers
 * decide is decided before anything of the body is read: the path, the form, who calls, and
 * whether the key may.
 */
export function handleRequests(options: RequestsOptions): RequestHandler {
  const { handlers, metrics, logger, ended } = options;
  const byPath = new Map(handlers.map((handler) => [handler.requestPath, guarded(handler)]));
  const services = [...new Set([...handlers.map(({ service }) => service), ...options.services])];
  const answerPreflight = allowOrigins(options.origins);
  return (request, response) => {
    options.onStart();
    response.once('close', options.onEnd);
    const known = { startedAtMs: performance.now(), requestId: requestIdOf(request.headers) };
    response.setHeader(REQUEST_ID_HEADER, known.requestId);
    if (answerPreflight(request, response)) return;
    const path = request.url?.split('?', 1)[0] ?? '';
    const method = byPath.get(path);
    if (method !== undefined) return void take(method, request, response, known, options);
    if (metrics !== undefined && request.method === 'GET' && path === '/metrics') {
      return void answerMetrics(metrics, request, response, logger);
    }
    const route = options.plain.find((each) => isOfRoute(each, path));
    if (route !== undefined && options.waitsFor === undefined)
      return void servePlain(route, path, request, response, known, ended);
    if (options.waitsFor === undefined && passOn(path, request, response, known, options)) return;
    const record = { service: UNKNOWN, method: UNKNOWN, ...known };
    const refusal =
      options.waitsFor === undefined ? unknownMethod(path, services) : starting(options.waitsFor());
    refuse(refusal, request, response, record, ended);
  };
}

/** A method's handler with what its callers need; undefined: not even a key. */
interface Guarded {
  readonly handler: UniversalHandler;
  readonly scope: Scope | undefined;
}

function guarded(handler: UniversalHandler): Guarded {
  const scope = isOpen(handler.service.typeName) ? undefined : requiredScope(handler.method);
  return { handler, scope };
}

async function take(
  { handler, scope }: Guarded,
  request: Requests[0],
  response: Requests[1],
  known: Omit<CallHead, 'principal'>,
  options: RequestsOptions,
): Promise<void> {
  const { ended, rates, callTurns } = options;
  const { service, method } = handler;
  const record = { service: service.typeName, method: method.name, ...known };
  const stop = (refusal: Refusal, principal?: Principal): void =>
    refuse(refusal, request, response, { ...record, principal }, ended);
  const misfit = misfitOf(handler, request.method, request.headers['content-type']);
  if (misfit !== undefined) return stop(misfit);
  let isGone = false;
  response.once('close', () => (isGone = true));
  const serve = (principal: Principal | undefined, onBytes?: (bytes: number) => void): void => {
    if (isGone) return ended(answerOfAbort(undefined), { ...record, principal });
    answer(handler, request, response, { ...known, principal, onBytes }, options);
  };
  if (scope === undefined) return serve(undefined);
  const bytes = Number(request.headers['content-length'] ?? 0) || 0;
  let principal: Principal | undefined;
  try {
    const { authorization, [organisationHeader]: organisation } = request.headers;
    principal = await whoCalls(authorization, organisation?.toString(), options.authenticate);
    if (!principal.scopes.has(scope)) {
      options.onRefused?.(fromWhere(principal, request), method);
      throw scopeMissing(principal, scope, method);
    }
    rates.take(principal, { calls: 1, bytes });
  } catch (error) {
    const inTrailers = isGrpc(request.headers['content-type'] ?? null);
    return stop({ error: answerOf(error, options.toDomainError, { inTrailers }) }, principal);
  }
  const run = (): void => serve(principal, rates.counter(principal, bytes));
  if (principal.kind === 'service' || method.methodKind !== 'unary') return run();
  const turn = callTurns.take(principal.organisationId, run);
  if (isGone) turn.end();
  else response.once('close', turn.end);
}

/** By the lean path where the call fits it, else by its handler. */
function answer(
  handler: UniversalHandler,
  request: Requests[0],
  response: Requests[1],
  head: CallHead,
  options: RequestsOptions,
): void {
  const byHandler = (given?: Handover): void => {
    serveCall(handler, request, response, head, options, given).catch((error: unknown) => {
      options.logger.debug(
        { err: error, method: handler.method.name },
        'the answer could not be sent',
      );
      if (!response.headersSent) response.writeHead(400);
      response.end();
    });
  };
  if (!options.lean.take(head, request, response, byHandler)) byHandler();
}
