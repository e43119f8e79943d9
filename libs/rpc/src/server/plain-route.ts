import type { IncomingHttpHeaders } from 'node:http';
import { Code, ConnectError } from '@connectrpc/connect';
import type { CallHead } from '../call';
import type { CallEnded } from '../interceptors/log-calls';
import { PLAIN_BODY_BYTES_MAX, PLAIN_MS_MAX } from '../limits';
import type { RequestHandler } from './listener';

/**
 * A path that is served in a form of its own, such as for events of a payment provider, or a page. No key is asked for:
 * whoever handles it sees who sends.
 */
export interface PlainRoute {
  /** For the log and the metrics. */
  readonly name: string;
  /** How the path begins. Without "/" at its end it is the path whole. */
  readonly prefix: string;
  /** POST unless given. */
  readonly method?: 'GET' | 'POST';
  /** Of the body; 1 MiB unless given. */
  readonly bodyBytesMax?: number;
  /** Answers with a status and, where that is not all, what else. What is thrown is 500. */
  readonly handle: (request: PlainRequest) => Promise<PlainAnswer>;
}

export interface PlainRequest {
  /** What follows in the path, without a query. */
  readonly rest: string;
  readonly headers: IncomingHttpHeaders;
  /** As it came, byte by byte. */
  readonly body: Buffer;
  /** The answer's x-request-id. */
  readonly requestId: string;
}

export interface PlainAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Whether a request with this path is the route's. */
export function isOfRoute({ prefix }: PlainRoute, path: string): boolean {
  return prefix.endsWith('/') ? path.startsWith(prefix) : path === prefix;
}

type Requests = Parameters<RequestHandler>;

const SERVICE = 'http';

/** Reads the body whole, in time, and answers. Never throws. */
export async function servePlain(
  { name, prefix, method = 'POST', bodyBytesMax = PLAIN_BODY_BYTES_MAX, handle }: PlainRoute,
  path: string,
  request: Requests[0],
  response: Requests[1],
  known: Omit<CallHead, 'principal'>,
  ended: CallEnded,
): Promise<void> {
  const answer = async (): Promise<PlainAnswer & { error?: unknown }> => {
    if (request.method !== method) return { status: 405, headers: { allow: method } };
    const body = method === 'GET' ? Buffer.alloc(0) : await readWhole(request, bodyBytesMax);
    if (body === undefined) return { status: 413 };
    try {
      const { headers } = request;
      const { requestId } = known;
      return await handle({ rest: path.slice(prefix.length), headers, body, requestId });
    } catch (error) {
      return { status: 500, error };
    }
  };
  const { error, ...told } = await answer().catch(() => ({ status: 408, error: undefined }));
  const { status, headers, body }: PlainAnswer = told;
  ended(error ?? refusalOf(status), { service: SERVICE, method: name, ...known });
  request.resume();
  if (response.destroyed) return;
  const bytes = Buffer.from(body ?? '');
  response.writeHead(status, {
    ...(status !== 204 && { 'content-length': `${bytes.length}` }),
    ...headers,
  });
  response.end(bytes);
}

/** Undefined when it is too long. Rejects when it does not come in time, or its sender leaves. */
function readWhole(request: Requests[0], bytesMax: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => stop(() => reject(new Error('late'))), PLAIN_MS_MAX);
    const stop = (then: () => void): void => {
      clearTimeout(timer);
      request.off('data', onData);
      then();
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > bytesMax) stop(() => resolve(undefined));
    };
    request.on('data', onData);
    request.once('end', () => stop(() => resolve(Buffer.concat(chunks))));
    request.once('error', (error) => stop(() => reject(error)));
    request.once('close', () => stop(() => reject(new Error('the sender left'))));
  });
}

/** As which status of a call an answer is counted; undefined: as a good one. */
function refusalOf(status: number): ConnectError | undefined {
  if (status < 400) return undefined;
  const code = status >= 500 ? Code.Unavailable : Code.InvalidArgument;
  return new ConnectError(`answered with ${status}`, status === 404 ? Code.NotFound : code);
}
