import type { ServiceImpl } from '@connectrpc/connect';
import { createLogger } from '@billingrails/log';
import { Scope } from '@billingrails/contracts/billingrails/common/v1/scope_pb';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import type { Principal } from '../principal';
import { startRpcServer, type RpcServer, type RpcServerOptions } from '../server/start-rpc-server';
import { unauthenticated } from '../interceptors/authenticate';

export const TEST_KEY = 'br_of-the-tests-which-is-long-enough-to-hide-00';

export const TEST_PRINCIPAL: Principal = {
  organisationId: 'org_00000000000000000000000000',
  keyId: 'key_00000000000000000000000000',
  kind: 'organisation',
  scopes: new Set([Scope.INTERNAL, Scope.ADMIN, Scope.BILLING, Scope.READ, Scope.INGEST]),
};

export interface TestServerOptions extends Partial<RpcServerOptions> {
  readonly events?: Partial<ServiceImpl<typeof EventService>>;
  readonly usage?: Partial<ServiceImpl<typeof UsageService>>;
}

export interface TestServer extends RpcServer {
  /** What was logged, a line each. */
  readonly lines: readonly string[];
  /** Posts JSON to a method, such as "EventService/IngestEvent"; with the key unless `headers` say otherwise. */
  post(method: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** A real server on a free port with two of the product's services, whose methods the test gives. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const server = await startRpcServer({
    name: 'test',
    host: '127.0.0.1',
    port: 0,
    services: [EventService, UsageService],
    routes: (router) =>
      router.service(EventService, options.events ?? {}).service(UsageService, options.usage ?? {}),
    authenticate: (bearer) => {
      if (bearer !== TEST_KEY) throw unauthenticated();
      return TEST_PRINCIPAL;
    },
    logger: createLogger({ service: 'test', level: 'debug', destination }),
    ...options,
  });
  const post: TestServer['post'] = (method, body, headers = {}) =>
    fetch(`${server.address}/${fullName(method)}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${TEST_KEY}`,
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { ...server, lines, post };
}

function fullName(method: string): string {
  if (method.startsWith('EventService/')) return `billingrails.ingest.v1.${method}`;
  return method.startsWith('UsageService/') ? `billingrails.metering.v1.${method}` : method;
}

/** The product's documented event, as it stands. */
export const DOCUMENTED_EVENT = {
  event_name: 'Song played',
  properties: {
    song_id: '12345',
    artist: 'The Beatles',
    album: 'Abbey Road',
    duration: 240,
    billingrails_account_id: 'acct_67890',
  },
  idempotency_key: 'unique_event_id_12345',
  timestamp: '2023-10-01T12:00:00Z',
};
