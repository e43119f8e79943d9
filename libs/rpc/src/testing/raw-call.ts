import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  readonly trailers: Readonly<Record<string, string | undefined>>;
}

export interface RawRequest {
  readonly path: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: the head is sent, and the body never comes. */
  readonly body?: Uint8Array;
}

type Headers = Record<string, string | undefined>;

/** One request over HTTP/1.1 without any client's help. */
export async function overHttp1(
  port: number,
  { path, method = 'POST', headers, body }: RawRequest,
): Promise<RawAnswer> {
  const request = http.request({ port, path, method, headers, agent: false });
  request.on('error', () => undefined);
  if (body === undefined) request.flushHeaders();
  else request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  request.destroy();
  return {
    status: response.statusCode ?? 0,
    headers: response.headers as Headers,
    body: Buffer.concat(chunks),
    trailers: response.trailers as Headers,
  };
}

/** One request over HTTP/2 without any client's help. */
export async function overHttp2(
  port: number,
  { path, method = 'POST', headers, body }: RawRequest,
): Promise<RawAnswer> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const stream = session.request(
    { ':method': method, ':path': path, ...headers },
    { endStream: false },
  );
  let trailers: Headers = {};
  stream.on('trailers', (received) => (trailers = received as Headers));
  if (body !== undefined) stream.end(body);
  const [received] = (await once(stream, 'response')) as [Headers];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  session.destroy();
  return {
    status: Number(received[':status']),
    headers: received,
    body: Buffer.concat(chunks),
    trailers,
  };
}

/** A message in a frame of gRPC. */
export function framed(message: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}
