import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createLogger } from '@billingrails/log';
import { Scope } from '@billingrails/contracts/billingrails/common/v1/scope_pb';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { startRpcServer, unauthenticated, type RpcServer } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ServiceName } from '../services';
import { startGateway, type Gateway } from '../start-gateway';

export const TEST_KEY = 'br_of-the-tests-which-is-long-enough-to-hide-00';

/** A service of the product as its callers see it, whose methods the test gives. */
export function startService(
  methods: {
    readonly events?: Partial<ServiceImpl<typeof EventService>>;
    readonly usage?: Partial<ServiceImpl<typeof UsageService>>;
  },
  port = 0,
): Promise<RpcServer> {
  return startRpcServer({
    name: 'test',
    ...{ host: '127.0.0.1', port, logger: silent, drainMs: 1 },
    services: [EventService, UsageService],
    routes: (router) =>
      router.service(EventService, methods.events ?? {}).service(UsageService, methods.usage ?? {}),
    authenticate: (bearer) => {
      if (bearer !== TEST_KEY) throw unauthenticated();
      return { organisationId: 'org_test', keyId: 'key_test', kind: 'organisation', scopes };
    },
  });
}

const scopes = new Set([Scope.READ, Scope.INGEST]);

const silent = createLogger({ service: 'test', level: 'silent' });

/** A gateway to services on these ports of this machine; those that are not named are nowhere. */
export function gatewayTo(
  ports: Partial<Readonly<Record<ServiceName, readonly number[]>>>,
  options: Partial<Parameters<typeof startGateway>[0]> = {},
): Promise<Gateway> {
  return startGateway({
    referenceFile: 'nowhere',
    ...{ host: '127.0.0.1', port: 0, logger: silent, lookEveryMs: 50 },
    urls: Object.entries(ports).map(([name, places]) => ({
      name: name as ServiceName,
      url: `dns:///${places.map((port) => `127.0.0.1:${port}`).join(',')}`,
    })),
    ...options,
  });
}

/**
 * A server of HTTP/2 that is no service, to see what comes through. Asked for its health it says that it serves, or
 * nothing when it is not well.
 */
export async function startRaw(
  onStream: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void,
  isWell = (): boolean => true,
): Promise<{
  readonly port: number;
  readonly sessions: Set<http2.ServerHttp2Session>;
  close(): void;
}> {
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = http2.createServer();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    if (headers[':path'] !== '/grpc.health.v1.Health/Check') return onStream(stream, headers);
    if (!isWell()) return;
    stream.respond({ ':status': 200, 'content-type': 'application/json' });
    stream.end('{"status":"SERVING"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    for (const session of sessions) session.destroy();
  };
  return { port: (server.address() as AddressInfo).port, sessions, close };
}

/** An answer as it came. */
export interface RawAnswer {
  readonly headers: Record<string, unknown>;
  readonly body: string;
  readonly trailers: Record<string, unknown>;
}

export interface RawRequest {
  readonly path: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** One request over HTTP/1.1 without any client's help. */
export async function overHttp1(
  port: number,
  { path, method = 'POST', headers, body }: RawRequest,
): Promise<RawAnswer> {
  const request = http.request({ port, path, method, headers, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const { statusCode, trailers } = response;
  return {
    headers: { ':status': statusCode, ...response.headers },
    body: Buffer.concat(chunks).toString('latin1'),
    trailers,
  };
}

/** One request over HTTP/2 without any client's help. */
export async function overHttp2(
  port: number,
  { path, method = 'POST', headers, body }: RawRequest,
): Promise<RawAnswer> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request(
      { ':method': method, ':path': path, ...headers },
      { endStream: false },
    );
    let trailers = {};
    stream.on('trailers', (received) => (trailers = { ...received }));
    stream.end(body);
    const [received] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return { headers: { ...received }, body: Buffer.concat(chunks).toString('latin1'), trailers };
  } finally {
    session.destroy();
  }
}

/** A message in a frame of gRPC, gRPC-Web or a stream of Connect. */
export function framed(message: string): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(Buffer.byteLength(message), 1);
  return Buffer.concat([head, Buffer.from(message)]);
}
