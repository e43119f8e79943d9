import { Code, ConnectError, createContextValues } from '@connectrpc/connect';
import type {
  UniversalHandler,
  UniversalServerRequest,
  UniversalServerResponse,
} from '@connectrpc/connect/protocol';
import { universalRequestFromNodeRequest } from '@connectrpc/connect-node';
import { callKey, type Call, type CallHead } from '../call';
import { answerOf } from '../errors/answer';
import { isOpen } from '../interceptors/authenticate';
import type { CallEnded } from '../interceptors/log-calls';
import type { Handover } from '../lean/exchange';
import {
  DEADLINE_MS_MAX,
  MESSAGE_BYTES_MAX,
  OPEN_MESSAGE_BYTES_MAX,
  STREAM_MS_MAX,
} from '../limits';
import { principalKey, type Principal } from '../principal';
import { isGrpc } from '../protocol';
import { isByteStream, limitDeadline, readWithin } from './deadline';
import { readEarlyError } from './answers/early-errors';
import { errorAnswer } from './answers/error-answer';
import type { RequestHandler } from './listener';
import { unspoken } from './answers/misfits';
import { sendAnswer } from './answers/send-answer';
import { readableBody } from './unpack/read-body';
import type { Claim, UnpackRoom } from './unpack/room';
import type { Turns } from './unpack/turns';

export interface ServeOptions {
  readonly room: UnpackRoom;
  readonly turns: Turns;
  readonly ended: CallEnded;
}

type Requests = Parameters<RequestHandler>;

/** Answers a call whose caller is known with the runtime's handler of its method. */
export async function serveCall(
  handler: UniversalHandler,
  request: Requests[0],
  response: Requests[1],
  head: CallHead,
  options: ServeOptions,
  given?: Handover,
): Promise<void> {
  const claim = options.room.open(head.principal?.organisationId ?? '');
  const over = new AbortController();
  response.once('close', () => {
    // Not before, so that what was read of it counts as long as it is held.
    claim.close();
    over.abort(new ConnectError('the call is over', Code.Canceled));
  });
  // Throws on a Host that is no host.
  const asked = universalRequestFromNodeRequest(request, response, undefined, undefined);
  const limitMs = limitDeadline(asked.header, longestMs(handler, given));
  const call: Call = {
    ...head,
    deadlineAtMs: performance.now() + limitMs,
    reached: false,
    ...(given?.failure !== undefined && { failure: given.failure }),
  };
  let failure: unknown;
  const sent = await handler({
    ...asked,
    body: bodyOf(
      handler,
      asked,
      { limitMs, claim, over: over.signal, turns: options.turns, given, onBytes: head.onBytes },
      (error) => {
        failure = error;
      },
    ),
    contextValues: createContextValues()
      .set(callKey, call)
      .set(principalKey, head.principal && fromWhere(head.principal, request)),
  });
  const told = call.reached ? sent : await refused(handler, sent, request, call, options, failure);
  await sendAnswer(told, request, response);
}

/** Who calls, with what is known of where from. */
export function fromWhere(principal: Principal, { socket, headers }: Requests[0]): Principal {
  const { remoteAddress } = socket;
  const forwardedFor = headers['x-forwarded-for']?.toString().slice(0, FORWARDED_MAX);
  return {
    ...principal,
    ...(remoteAddress !== undefined && { address: remoteAddress }),
    ...(forwardedFor !== undefined && { forwardedFor }),
  };
}

const FORWARDED_MAX = 200;

interface BodyParts {
  readonly limitMs: number;
  readonly claim: Claim;
  /** Aborted when the call is over. */
  readonly over: AbortSignal;
  readonly turns: Turns;
  readonly given: Handover | undefined;
  readonly onBytes: CallHead['onBytes'];
}

function bodyOf(
  { service, method }: UniversalHandler,
  { body: sent, header }: UniversalServerRequest,
  { limitMs, claim, over, turns, given, onBytes }: BodyParts,
  onFailure: (error: unknown) => void,
): UniversalServerRequest['body'] {
  const rest = given?.isWhole ? null : sent;
  const timely = isByteStream(rest)
    ? readWithin(rest, Math.min(limitMs, DEADLINE_MS_MAX), over)
    : undefined;
  const counted = timely && onBytes ? counting(timely, onBytes) : timely;
  const body = given === undefined ? counted : joined(given.read, counted);
  if (body === undefined) return rest;
  return readableBody(body, header, {
    claim,
    turns,
    bytesMax: isOpen(service.typeName) ? OPEN_MESSAGE_BYTES_MAX : MESSAGE_BYTES_MAX,
    isOneMessage: method.methodKind === 'unary' || method.methodKind === 'server_streaming',
    onFailure,
  });
}

/** The interceptors never saw this call, so what they would have done is done here. */
async function refused(
  { service, method }: UniversalHandler,
  sent: UniversalServerResponse,
  request: Requests[0],
  head: CallHead,
  { ended }: ServeOptions,
  failure: unknown,
): Promise<UniversalServerResponse> {
  const contentType = request.headers['content-type'] ?? null;
  const early = failure ?? (await readEarlyError(sent));
  const { error, httpStatus } =
    early === undefined
      ? unspoken(sent.status)
      : { error: answerOf(early, undefined, { inTrailers: isGrpc(contentType) }) };
  ended(error, { service: service.typeName, method: method.name, ...head });
  return errorAnswer(error, contentType, httpStatus);
}

/** What is left of a call that was handed over; one that has failed needs none, but must not end before it is told. */
function longestMs(handler: UniversalHandler, given: Handover | undefined): number {
  if (lasts(handler)) return Infinity;
  if (handler.method.methodKind !== 'unary') return STREAM_MS_MAX;
  if (given === undefined || given.failure !== undefined) return DEADLINE_MS_MAX;
  return Math.max(1, Math.ceil(given.deadlineAtMs - performance.now()));
}

async function* counting(
  body: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    onBytes(piece.byteLength);
    yield piece;
  }
}

async function* joined(
  read: AsyncIterable<Uint8Array>,
  rest: AsyncIterable<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array> {
  yield* read;
  if (rest !== undefined) yield* rest;
}

/** A call that watches health lasts as long as its caller lives, unless the caller says for how long. */
function lasts({ service, method }: UniversalHandler): boolean {
  return service.typeName === 'grpc.health.v1.Health' && method.name === 'Watch';
}
