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
import { DEADLINE_MS_MAX } from '../limits';
import { protocolOf } from '../protocol';

/**
 * How long a call may take: what its caller asks for, at most `maxMs`, and 30 s of it when it asks for nothing. The headers
 * are changed to say so, as the runtime reads them. A value that cannot be read is left for the runtime to refuse.
 */
export function limitDeadline(header: Headers, maxMs: number): number {
  const isConnect = protocolOf(header.get('content-type')) === 'connect';
  const name = isConnect ? connectHeader : grpcHeader;
  const parse = isConnect ? parseConnect : parseGrpc;
  const { timeoutMs, error } = parse(header.get(name), Infinity);
  if (error !== undefined || !Number.isFinite(maxMs)) return maxMs;
  const limitedMs = Math.min(timeoutMs ?? DEADLINE_MS_MAX, maxMs);
  if (limitedMs !== timeoutMs) header.set(name, isConnect ? `${limitedMs}` : `${limitedMs}m`);
  return limitedMs;
}

/** The same body, which must have been sent whole within `limitMs`: the runtime reads it without a deadline. */
export async function* readWithin(
  body: AsyncIterable<Uint8Array>,
  limitMs: number,
): AsyncGenerator<Uint8Array> {
  let stop = (): void => undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    const late = (): void =>
      reject(new ConnectError('the request was not sent in time', Code.DeadlineExceeded));
    const timer = setTimeout(late, limitMs);
    stop = () => clearTimeout(timer);
  });
  tooLate.catch(() => undefined);
  const iterator = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), tooLate]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    stop();
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** Whether the body is bytes still to be read. */
export function isByteStream(
  body: UniversalServerRequest['body'],
): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}
