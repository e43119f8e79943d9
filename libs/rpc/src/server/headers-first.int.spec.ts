import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Registry } from 'prom-client';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { framed, overHttp1, overHttp2, type RawAnswer } from '../testing/raw-call';
import { startTestServer, type TestServer } from '../testing/test-server';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({
    events: { ingestEvent: () => ({}) },
    lean: [{ method: EventService.method.ingestEvent, handle: () => undefined }],
    metrics: new Registry(),
  });
});
afterAll(() => server.close());

const ingest = '/billingrails.ingest.v1.EventService/IngestEvent';
const query = '/billingrails.metering.v1.UsageService/QueryUsage';
const watch = '/billingrails.metering.v1.UsageService/WatchUsage';

/** What a caller reads of the answer, in whichever protocol. */
function told({ status, headers, body }: RawAnswer): string {
  return `HTTP ${status} ${headers['grpc-status'] ?? ''} ${body.toString('latin1')}`;
}

const unauthenticated =
  /grpc-status: 16|HTTP 200 16 |HTTP 401 .*"unauthenticated"|"code":"unauthenticated"/;

const ways: [string, string, string, typeof overHttp1][] = [
  ['Connect JSON of the lean path', ingest, 'application/json', overHttp1],
  ['Connect JSON over HTTP/2', query, 'application/json', overHttp2],
  ['Connect with protobuf', query, 'application/proto', overHttp1],
  ['a stream of Connect', watch, 'application/connect+json', overHttp1],
  ['gRPC of the lean path', ingest, 'application/grpc', overHttp2],
  ['gRPC', query, 'application/grpc+proto', overHttp2],
  ['gRPC-Web', query, 'application/grpc-web+proto', overHttp1],
];

describe.each(ways)('%s', (_what, path, contentType, send) => {
  test.each([
    ['no key', {}],
    ['a wrong key', { authorization: 'Bearer br_wrong' }],
  ])('with %s is refused by its headers, before any of its body has come', async (_key, key) => {
    const headers = { 'content-type': contentType, 'content-length': '4096', ...key };
    expect(told(await send(server.port, { path, headers }))).toMatch(unauthenticated);
    expect(JSON.parse(server.lines.at(-1) ?? '{}')).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

test('what callers without a key send is never unpacked', async () => {
  const body = gzipSync(Buffer.alloc(4 * 1024 * 1024, ' '));
  const requests = Array.from({ length: 50 }, () => [
    overHttp1(server.port, {
      path: query,
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body,
    }),
    overHttp2(server.port, {
      path: query,
      headers: { 'content-type': 'application/grpc', 'grpc-encoding': 'gzip' },
      body: framed(body, 1),
    }),
  ]).flat();
  for (const answer of await Promise.all(requests)) expect(told(answer)).toMatch(unauthenticated);
  expect(await unpackedBytes()).toBe(0);
});

test('a message in the query of a GET is read only for who has a key', async () => {
  const message = gzipSync(Buffer.alloc(64 * 1024, ' ')).toString('base64url');
  const path = `${query}?encoding=json&base64=1&compression=gzip&message=${message}`;
  const answer = await overHttp1(server.port, {
    path,
    method: 'GET',
    headers: {},
    body: Buffer.alloc(0),
  });
  expect(told(answer)).toMatch(unauthenticated);
});

test('health and reflection, which ask for no key, take small messages only', async () => {
  const path = '/grpc.health.v1.Health/Check';
  const large = Buffer.from(JSON.stringify({ service: 'x'.repeat(100_000) }));
  const json = { 'content-type': 'application/json' };
  const plain = await overHttp1(server.port, { path, headers: json, body: large });
  expect(told(plain)).toMatch(/HTTP 429 .*MESSAGE_TOO_LARGE/);
  const packed = { path, headers: { ...json, 'content-encoding': 'gzip' }, body: gzipSync(large) };
  expect(told(await overHttp1(server.port, packed))).toMatch(/HTTP 429 .*MESSAGE_TOO_LARGE/);
  expect(await unpackedBytes()).toBeLessThan(256 * 1024);
});

/** How much was unpacked since the server started. */
async function unpackedBytes(): Promise<number> {
  const text = await (await fetch(`${server.address}/metrics`)).text();
  return Number(/^billingrails_rpc_unpacked_bytes_total (\d+)$/m.exec(text)?.[1]);
}

test('who is refused again and again, sixty calls at a time, keeps the connection, and every call its answer', async () => {
  const args = ['src/testing/persistent-caller.mjs', server.address, query, '2000', '60'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(JSON.parse(stdout)).toEqual({ '16, code 0': 2_000 });
});
