import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { PassedCall } from '@billingrails/rpc';

/** What concerns one connection alone and so goes no further (RFC 9110, 7.6.1); HTTP/2 has none of it. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
  'host',
  'te',
]);

/** What this server answers for: whose pages may read, and the name of a call. */
const OF_THE_GATEWAY: ReadonlySet<string> = new Set([
  'origin',
  'access-control-request-method',
  'access-control-request-headers',
  'x-request-id',
]);

/** A request's headers for the service: its own, but for what concerns the connection, browsers and the call's name. */
export function requestHeaders(
  { request, requestId }: Pick<PassedCall, 'request' | 'requestId'>,
  authority: string,
): OutgoingHttpHeaders {
  const { headers, method, url } = request;
  return {
    ...endToEnd(headers, OF_THE_GATEWAY),
    // gRPC asks for it, and HTTP/2 allows no other value.
    ...(/\btrailers\b/i.test(String(headers.te ?? '')) && { te: 'trailers' }),
    'x-request-id': requestId,
    ':method': method,
    ':path': url,
    ':scheme': 'http',
    ':authority': authority,
  };
}

/** The headers or trailers of an answer for the caller. */
export function answerHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return endToEnd(headers, ANSWERED_HERE);
}

/** The gateway has said these itself. */
const ANSWERED_HERE: ReadonlySet<string> = new Set(['x-request-id', 'vary']);

function endToEnd(headers: IncomingHttpHeaders, without: ReadonlySet<string>): OutgoingHttpHeaders {
  const named = new Set(
    String(headers.connection ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
  // Of entries, since a header may be called __proto__, too.
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) =>
        !name.startsWith(':') &&
        !OF_THE_CONNECTION.has(name) &&
        !without.has(name) &&
        !named.has(name),
    ),
  );
}
