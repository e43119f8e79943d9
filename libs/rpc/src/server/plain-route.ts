import type { IncomingHttpHeaders } from 'node:http';
import { Code, ConnectError } from '@connectrpc/connect';
import type { CallHead } from '../call';
import type { CallEnded } from '../interceptors/log-calls';
import { PLAIN_BODY_BYTES_MAX, PLAIN_MS_MAX } from '../limits';
import type { RequestHandler } from './listener';

/**
 * A path that others post to in a form of their own, such as events of a payment provider. No key is asked for: whoever
 * handles it sees who sends. Bodies have at most 1 MiB.
 */
export interface PlainRoute {
  /** For the log and the metrics. */
  readonly name: string;
  /** How the path begins, with "/" at its end. */
  readonly prefix: string;
  /** Answers with a status and nothing else. What is thrown is 500. */
  readonly handle: (request: {
    /** What follows in the path, without a query. */
    readonly rest: string;
    readonly headers: IncomingHttpHeaders;
    /** As it came, byte by byte. */
    readonly body: Buffer;
  }) => Promise<{ readonly status: number }>;
}

type Requests = Parameters<RequestHandler>;

const SERVICE = 'http';

/** Reads the body whole, in time, and answers. Never throws. */
export async function servePlain(
  { name, prefix, handle }: PlainRoute,
  path: string,
  request: Requests[0],
  response: Requests[1],
  known: Omit<CallHead, 'principal'>,
  ended: CallEnded,
): Promise<void> {
  const answer = async (): Promise<{ status: number; error?: unknown }> => {
    if (request.method !== 'POST') return { status: 405 };
    const body = await readWhole(request);
    if (body === undefined) return { status: 413 };
    try {
      const { headers } = request;
      const { status } = await handle({ rest: path.slice(prefix.length), headers, body });
      return { status };
    } catch (error) {
      return { status: 500, error };
    }
  };
  const { status, error } = await answer().catch(() => ({ status: 408, error: undefined }));
  ended(error ?? refusalOf(status), { service: SERVICE, method: name, ...known });
  request.resume();
  if (response.destroyed) return;
  response.writeHead(status, { 'content-length': '0', ...(status === 405 && { allow: 'POST' }) });
  response.end();
}

/** Undefined when it is too long. Rejects when it does not come in time, or its sender leaves. */
function readWhole(request: Requests[0]): Promise<Buffer | undefined> {
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
      if (bytes > PLAIN_BODY_BYTES_MAX) stop(() => resolve(undefined));
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
