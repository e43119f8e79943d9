import type { UniversalServerRequest } from '@connectrpc/connect/protocol';
import {
  headerTimeout as connectHeader,
  parseTimeout as parseConnect,
} from '@connectrpc/connect/protocol-connect';
import {
  headerTimeout as grpcHeader,
  parseTimeout as parseGrpc,
} from '@connectrpc/connect/protocol-grpc';
import { Code, ConnectError } from '@connectrpc/connect';
import { abortionOf } from '../interceptors/streams';
import { protocolOf } from '../protocol';

/**
 * How long a call may take: what its caller asks for, at most `maxMs`, which it is given where it asks for nothing. The
 * headers are changed to say so, as the runtime reads them. A value that cannot be read is left for the runtime to
 * refuse.
 */
export function limitDeadline(header: Headers, maxMs: number): number {
  const isConnect = protocolOf(header.get('content-type')) === 'connect';
  const name = isConnect ? connectHeader : grpcHeader;
  const parse = isConnect ? parseConnect : parseGrpc;
  const { timeoutMs, error } = parse(header.get(name), Infinity);
  if (error !== undefined) return maxMs;
  const limitedMs = Math.min(timeoutMs ?? Infinity, maxMs);
  if (limitedMs !== timeoutMs && Number.isFinite(limitedMs)) {
    header.set(name, isConnect ? `${limitedMs}` : `${limitedMs}m`);
  }
  return limitedMs;
}

/**
 * The same body, which must have been sent whole within `limitMs`: the runtime reads it without a deadline. It is given
 * up at once when `signal` is aborted: the call is over, and what has not come never will.
 */
export async function* readWithin(
  body: AsyncIterable<Uint8Array>,
  limitMs: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let stop = (): void => undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    const late = (): void =>
      reject(new ConnectError('the request was not sent in time', Code.DeadlineExceeded));
    const timer = setTimeout(late, limitMs);
    stop = () => clearTimeout(timer);
  });
  tooLate.catch(() => undefined);
  const abortion = abortionOf(signal);
  const iterator = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), tooLate, abortion.promise]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    stop();
    abortion.forget();
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** Whether the body is bytes still to be read. */
export function isByteStream(
  body: UniversalServerRequest['body'],
): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}
