import type { OutgoingHttpHeaders } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import { universalResponseToNodeResponse } from '@connectrpc/connect-node';
import { isGrpc } from '../../protocol';
import type { RequestHandler } from '../listener';

type NodeRequest = Parameters<RequestHandler>[0];
type NodeResponse = Parameters<RequestHandler>[1];

/**
 * How long the rest of a request may take to come once it is answered. Far longer than a busy process takes to read
 * what has come: a stream that is cut off before its end is read counts until that has been sent, and a caller for whom
 * it is over loses its connection for opening another.
 */
const UNREAD_MS = 5_000;

/**
 * Sends the runtime's answer. A gRPC error without messages goes out as one block of headers ("Trailers-Only"): gRPC
 * clients take headers that come alone as the beginning of a good answer, and no longer try again.
 */
export async function sendAnswer(
  answer: UniversalServerResponse,
  request: NodeRequest,
  response: NodeResponse,
): Promise<void> {
  if (!('stream' in response) || !('stream' in request)) {
    return await universalResponseToNodeResponse(answer, response);
  }
  const { first, rest } = await peek(answer.body, () => escapeLess(answer.trailer));
  if (first.done && answer.trailer && isGrpc(answer.header?.get('content-type') ?? null)) {
    const headers = Object.fromEntries([...(answer.header ?? []), ...answer.trailer]);
    return sendHeadersAlone(headers, request, response);
  }
  endAfterAnswer(request);
  await universalResponseToNodeResponse({ ...answer, body: rest }, response);
}

/** An answer that is nothing but its headers, which end the stream. */
export function sendHeadersAlone(
  headers: OutgoingHttpHeaders,
  { stream }: Http2ServerRequest,
  response: Http2ServerResponse,
): void {
  // Not writeHead(), which sends them before it is known that nothing follows.
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) response.setHeader(name, value);
  response.end();
  endUnread(stream);
}

/**
 * An answer can leave before its request has come whole. Nothing will read the rest, and until the stream ends it
 * counts among those that its connection may have at once. So where its caller does not end it, it is ended a while
 * after its answer, of which the trailers are the last.
 */
export function endAfterAnswer({ stream }: Http2ServerRequest): void {
  stream.once('wantTrailers', () => endUnread(stream));
}

function endUnread(stream: Http2ServerRequest['stream']): void {
  const isOver = (): boolean => stream.destroyed || stream.readableEnded;
  setImmediate(() => {
    if (isOver()) return;
    // What comes is thrown away: as long as anything of it waits to be read, the stream is not over.
    stream.resume();
    const late = setTimeout(() => setImmediate(() => isOver() || stream.close()), UNREAD_MS);
    stream.once('close', () => clearTimeout(late));
  });
}

/**
 * gRPC escapes "%" and what is no printable ASCII in a status message. The runtime escapes commas and colons, too,
 * which clients of grpc-js show as "%2C" and "%3A".
 */
function escapeLess(trailer: Headers | undefined): void {
  const escaped = trailer?.get('grpc-message');
  if (escaped === undefined || escaped === null) return;
  const message = decodeURIComponent(escaped).replace(/[^ -$&-~]+/g, encodeURIComponent);
  trailer?.set('grpc-message', message);
}

/** The first piece of the body, and the whole body again. At its end `ended` is called, before it is seen to end. */
async function peek(body: UniversalServerResponse['body'], ended: () => void) {
  const iterator = body?.[Symbol.asyncIterator]();
  const first: IteratorResult<Uint8Array, unknown> = (await iterator?.next()) ?? {
    done: true,
    value: undefined,
  };
  if (first.done) ended();
  async function* rest(): AsyncGenerator<Uint8Array> {
    try {
      if (!first.done) yield first.value;
      for (let next = first; !next.done && iterator;) {
        next = await iterator.next();
        if (next.done) ended();
        else yield next.value;
      }
    } finally {
      await iterator?.return?.();
    }
  }
  return { first, rest: rest() };
}
