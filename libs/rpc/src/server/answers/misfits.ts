import type { DescService } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import { unavailable } from '@billingrails/errors';
import { connectErrorOf, plainError } from '../../errors/details';
import type { Refusal } from './refuse';
import { unknownPathText } from './unknown-path';

/** Why a request with this head is none to the handler; undefined when it may be one. */
export function misfitOf(
  handler: UniversalHandler,
  httpMethod: string | undefined,
  contentType: string | undefined,
): Refusal | undefined {
  const { allowedMethods } = handler;
  if (!allowedMethods.includes(httpMethod ?? '')) {
    const others = allowedMethods.includes('GET') ? ', or GET with the message in the query' : '';
    return {
      error: plainError(
        Code.InvalidArgument,
        'HTTP_METHOD_UNSUPPORTED',
        `The HTTP method must be POST${others}.`,
      ),
      httpStatus: 405,
      header: { allow: allowedMethods.join(', ') },
    };
  }
  if (httpMethod === 'GET' && contentType === undefined) return undefined;
  return handler.supportedContentType(contentType ?? '') ? undefined : unsupportedType(handler);
}

function unsupportedType({ method }: UniversalHandler): Refusal {
  const ofConnect =
    method.methodKind === 'unary'
      ? ['application/json', 'application/proto']
      : ['application/connect+json', 'application/connect+proto'];
  const message = `The Content-Type must be ${ofConnect.join(', ')}, or one of gRPC or gRPC-Web.`;
  const types = [...ofConnect, 'application/grpc', 'application/grpc-web'];
  return {
    error: plainError(Code.InvalidArgument, 'CONTENT_TYPE_UNSUPPORTED', message),
    httpStatus: 415,
    header: { 'accept-post': types.join(', ') },
  };
}

/** What is asked of a path that no method has. */
export function unknownMethod(path: string, services: readonly DescService[]): Refusal {
  const message = unknownPathText(path, services);
  return { error: plainError(Code.Unimplemented, 'METHOD_UNKNOWN', message), httpStatus: 404 };
}

/** What the runtime answers with a bare status: protocols that need HTTP/2, spoken over HTTP/1.1. */
export function unspoken(httpStatus: number): Refusal {
  const message = 'The protocol cannot be spoken so. Streams of requests need HTTP/2.';
  return { error: plainError(Code.Unimplemented, 'PROTOCOL_UNSUPPORTED', message), httpStatus };
}

const STARTING_RETRY_MS = 1_000;

/** Everything but health, as long as the service waits for what it needs. */
export function starting(waitsFor: string): Refusal {
  const message = `The service is starting and waits for ${waitsFor}. Try again.`;
  const reason = unavailable('STARTING', message, STARTING_RETRY_MS);
  const error = connectErrorOf(reason, { inTrailers: false });
  // The log says already what is waited for; where this was made up tells nothing.
  error.cause = undefined;
  return { error };
}
