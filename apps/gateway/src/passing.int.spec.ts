import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { invalid } from '@billingrails/errors';
import type { RpcServer } from '@billingrails/rpc';
import { waitFor } from '@billingrails/testing';
import { serviceOfPath } from './services';
import type { Gateway } from './start-gateway';
import {
  framed,
  gatewayTo,
  overHttp1,
  overHttp2,
  startRaw,
  startService,
  TEST_KEY,
  type RawAnswer,
} from './testing/world';

let service: RpcServer;
let gateway: Gateway;
const requestIds: (string | null)[] = [];

beforeAll(async () => {
  service = await startService({
    events: {
      ingestEvent: ({ eventName }, context) => {
        requestIds.push(context.requestHeader.get('x-request-id'));
        if (eventName === 'bad')
          throw invalid('REQUEST_INVALID', 'It is bad.', [{ field: 'a', description: 'b' }]);
        context.responseHeader.set('x-header', context.requestHeader.get('x-given-bin') ?? 'none');
        context.responseTrailer.set('x-trailer', 'after');
        return { consistencyToken: eventName };
      },
    },
    usage: {
      async *watchUsage() {
        for (const partial of [true, false, true])
          yield await Promise.resolve({ usage: { partial } });
      },
    },
  });
  gateway = await gatewayTo({ ingest: [service.port], metering: [service.port] });
});
afterAll(async () => {
  await gateway.close();
  await service.close();
});

const ingest = '/billingrails.ingest.v1.EventService/IngestEvent';
const watch = '/billingrails.metering.v1.UsageService/WatchUsage';
const authorization = `Bearer ${TEST_KEY}`;
const mine = { authorization, 'x-request-id': 'mine' };
const good = '{"event_name":"good"}';
const bad = '{"event_name":"bad"}';
// A message with event_name alone.
const goodBytes = '\x0a\x04good';
const badBytes = '\x0a\x03bad';
const asked =
  '{"meter_id":"mtr_1","start_time":"2020-01-01T00:00:00Z","end_time":"2020-01-02T00:00:00Z"}';

/** gRPC needs HTTP/2. */
const grpcCases: [string, string, Buffer, string?][] = [
  ['gRPC, well', 'application/grpc', framed(goodBytes)],
  ['gRPC, refused', 'application/grpc', framed(badBytes)],
  ['gRPC, without a key', 'application/grpc', framed(goodBytes), 'none'],
];

describe.each([
  ['HTTP/1.1', overHttp1],
  ['HTTP/2', overHttp2],
])('over %s', (_version, send) => {
  test.each<[string, string, string | Buffer, string?]>([
    ['Connect, well', 'application/json', good],
    ['Connect, refused', 'application/json', bad],
    ['Connect, unreadable', 'application/json', '{'],
    ['Connect, without a key', 'application/json', good, 'none'],
    ['Connect in bytes', 'application/proto', goodBytes],
    ['a form that is none', 'text/plain', good],
    ['gRPC-Web, well', 'application/grpc-web+proto', framed(goodBytes)],
    ['gRPC-Web, refused', 'application/grpc-web+proto', framed(badBytes)],
    ['gRPC-Web, without a key', 'application/grpc-web+proto', framed(goodBytes), 'none'],
    ...(send === overHttp2 ? grpcCases : []),
  ])(
    '%s: the answer is the one that the service gives itself',
    async (_what, type, body, key = authorization) => {
      const headers = {
        ...{ 'content-type': type, authorization: key, te: 'trailers', 'x-given-bin': 'AQID' },
        ...{ 'x-request-id': 'mine', 'grpc-timeout': '20S', 'connect-timeout-ms': '20000' },
      };
      const request = { path: ingest, headers, body };
      const [direct, passed] = [
        await send(service.port, request),
        await send(gateway.port, request),
      ];
      expect(comparable(passed)).toEqual(comparable(direct));
      expect(passed.headers['x-request-id']).toBe('mine');
    },
  );

  test('a stream of answers is the one that the service gives itself', async () => {
    const headers = { 'content-type': 'application/connect+json', ...mine };
    const request = { path: watch, headers, body: framed(`{"query":${asked}}`) };
    const [direct, passed] = [await send(service.port, request), await send(gateway.port, request)];
    expect(comparable(passed)).toEqual(comparable(direct));
    expect(passed.body).toContain('partial');
  });

  test('GET with the message in the query is passed on', async () => {
    const query = `?connect=v1&encoding=json&message=${encodeURIComponent(asked)}`;
    const path = `/billingrails.metering.v1.UsageService/QueryUsage${query}`;
    const request = { path, method: 'GET', headers: mine, body: '' };
    const [direct, passed] = [await send(service.port, request), await send(gateway.port, request)];
    expect(comparable(passed)).toEqual(comparable(direct));
  });

  test('a path of nobody is told so, and which services there are', async () => {
    const headers = { 'content-type': 'application/json' };
    const { body } = await send(gateway.port, {
      path: '/nobody.v1.A/B',
      headers,
      body: '{}',
    });
    expect(JSON.parse(body)).toMatchObject({
      code: 'unimplemented',
      message: expect.stringContaining('AccountService'),
    });
  });
});

test('a call without a name gets one, which the service has, too', async () => {
  const headers = { 'content-type': 'application/json', authorization };
  const answer = await overHttp1(gateway.port, { path: ingest, headers, body: good });
  expect(requestIds.at(-1)).toBe(answer.headers['x-request-id']);
});

test('both directions stream at once, and what the caller cancels ends at the service', async () => {
  const ended: number[] = [];
  const raw = await startRaw((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.on('data', (chunk) => stream.write(chunk));
    stream.once('close', () => ended.push(stream.rstCode));
  });
  const between = await gatewayTo({ ingest: [raw.port] });
  const session = http2.connect(between.address);
  const stream = session.request(
    {
      ':method': 'POST',
      ':path': '/billingrails.ingest.v1.Echo/Talk',
      'content-type': 'application/grpc',
    },
    { endStream: false },
  );
  stream.on('error', () => undefined);
  for (const word of ['one', 'two', 'three']) {
    stream.write(word);
    const [chunk] = (await once(stream, 'data')) as [Buffer];
    expect(chunk.toString()).toBe(word);
  }
  stream.close(http2.constants.NGHTTP2_CANCEL);
  await waitFor(() => ended.length === 1, { what: 'the call to end at the service' });
  expect(ended).toEqual([http2.constants.NGHTTP2_CANCEL]);
  session.destroy();
  await between.close();
  raw.close();
});

test('who does not read, or is not read, is not sent more than fits on the way', async () => {
  const chunk = Buffer.alloc(16 * 1024);
  let sent = 0;
  const held: http2.ServerHttp2Stream[] = [];
  const raw = await startRaw((stream, headers) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    if (headers[':path']?.endsWith('Ping')) return void stream.end();
    if (headers[':path']?.endsWith('Swallow')) return void held.push(stream.pause());
    const more = (): void => {
      while (sent < MUCH) {
        sent += chunk.length;
        if (!stream.write(chunk)) return;
      }
    };
    stream.on('drain', more);
    more();
  });
  const between = await gatewayTo({ ingest: [raw.port] });
  const session = http2.connect(between.address);
  const begin = (method: string) => {
    const path = `/billingrails.ingest.v1.Any/${method}`;
    const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc' };
    const stream = session.request(headers, { endStream: false });
    return stream.on('error', () => undefined);
  };
  const unread = begin('Flood').pause();
  const swallowed = begin('Swallow');
  let written = 0;
  const fill = (): void => {
    while (written < MUCH) {
      written += chunk.length;
      if (!swallowed.write(chunk)) return;
    }
  };
  swallowed.on('drain', fill);
  fill();
  await once(unread, 'response');
  // Others are answered meanwhile, again and again, so that there was time to send all of it.
  for (let ping = 0; ping < 50; ping++) {
    const stream = begin('Ping');
    stream.end();
    stream.resume();
    await once(stream, 'close');
  }
  expect(sent).toBeLessThan(MUCH / 4);
  expect(written).toBeLessThan(MUCH / 4);
  session.destroy();
  await between.close();
  raw.close();
});

const MUCH = 16 * 1024 * 1024;

test('an answer that breaks off is UNAVAILABLE in trailers to gRPC, and not whole to others', async () => {
  const raw = await startRaw((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.write('begun', () => stream.session?.destroy());
  });
  const between = await gatewayTo({ ingest: [raw.port] });
  const request = { path: ingest, headers: { 'content-type': 'application/grpc' }, body: '' };
  const answer = await overHttp2(between.port, request);
  expect(answer.trailers).toMatchObject({ 'grpc-status': '14' });
  const others = { ...request, headers: { 'content-type': 'application/json' } };
  for (const send of [overHttp1, overHttp2])
    await expect(send(between.port, others)).rejects.toThrow();
  await between.close();
  raw.close();
});

test('an answer of gRPC that ends without a status is UNAVAILABLE, as one that breaks off', async () => {
  const raw = await startRaw((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.end('begun');
  });
  const between = await gatewayTo({ ingest: [raw.port] });
  const headers = { 'content-type': 'application/grpc' };
  const answer = await overHttp2(between.port, { path: ingest, headers, body: '' });
  expect(answer.trailers).toMatchObject({ 'grpc-status': '14' });
  await between.close();
  raw.close();
});

test('pages of this machine may read, and are told so once', async () => {
  const headers = {
    'content-type': 'application/json',
    authorization,
    origin: 'http://localhost:3000',
  };
  const answer = await overHttp1(gateway.port, { path: ingest, headers, body: good });
  expect(answer.headers).toMatchObject({
    'access-control-allow-origin': 'http://localhost:3000',
    vary: 'Origin',
  });
  const asks = { origin: 'http://localhost:3000', 'access-control-request-method': 'POST' };
  const preflight = await overHttp1(gateway.port, {
    path: ingest,
    method: 'OPTIONS',
    headers: asks,
    body: '',
  });
  expect(preflight.headers).toMatchObject({
    ':status': 204,
    'access-control-allow-origin': 'http://localhost:3000',
  });
});

test('the OpenAPI document is read without a key', async () => {
  const answer = await overHttp1(gateway.port, {
    ...{ path: '/openapi.json', method: 'GET', headers: {}, body: '' },
  });
  expect(answer.headers).toMatchObject({ ':status': 200, 'content-type': 'application/json' });
  expect(JSON.parse(answer.body)).toMatchObject({ openapi: '3.1.0', paths: { [ingest]: {} } });
});

test('a gateway that was not built says what makes the page of the API reference', async () => {
  const answer = await overHttp1(gateway.port, {
    ...{ path: '/reference', method: 'GET', headers: {}, body: '' },
  });
  expect(answer.headers[':status']).toBe(404);
  expect(answer.body).toContain('npx nx build @billingrails/gateway');
});

test('headers that are too long are refused', async () => {
  const headers = { 'content-type': 'application/json', 'x-long': 'x'.repeat(80_000) };
  const { headers: answered } = await overHttp1(gateway.port, { path: ingest, headers, body: '' });
  expect(answered[':status']).toBe(431);
});

test('running calls end before it stops, and no more are taken', async () => {
  let release = (): void => undefined;
  const raw = await startRaw((stream) => {
    release = () => {
      stream.respond({ ':status': 200, 'content-type': 'application/json' });
      stream.end('{"late":true}');
    };
  });
  const between = await gatewayTo({ ingest: [raw.port] });
  const request = { path: ingest, headers: { 'content-type': 'application/json' }, body: '{}' };
  const began = release;
  const running = overHttp1(between.port, request);
  await waitFor(() => release !== began, { what: 'the call to run' });
  const closed = between.close();
  await expect(overHttp1(between.port, request)).rejects.toThrow();
  release();
  expect((await running).body).toBe('{"late":true}');
  await closed;
  raw.close();
});

test('a call that comes while it stops is told when to try again', async () => {
  let release = (): void => undefined;
  const raw = await startRaw((stream) => {
    release = () => {
      stream.respond({ ':status': 200 });
      stream.end('{}');
    };
  });
  const between = await gatewayTo({ ingest: [raw.port] });
  const socket = net.connect(between.port, '127.0.0.1').setEncoding('utf8');
  let text = '';
  socket.on('data', (chunk: string) => (text += chunk));
  // One that is answered at once, and the beginning of another: both are read when that answer comes.
  const head = (path: string): string =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n`;
  socket.write(`${head('/nothing')}\r\n${head(ingest)}`);
  await waitFor(() => text.includes('METHOD_UNKNOWN'), { what: 'the first answer' });
  const began = release;
  const running = overHttp1(between.port, { path: ingest, headers: {}, body: '{}' });
  await waitFor(() => release !== began, { what: 'a call to run' });
  const closed = between.close();
  socket.write('Content-Type: application/json\r\n\r\n');
  await waitFor(() => text.includes('SHUTTING_DOWN'), { what: 'the refusal' });
  expect(text).toMatch(/retry-after: 1\r\n/i);
  expect(text).toContain('google.rpc.RetryInfo');
  release();
  await running;
  await closed;
  socket.destroy();
  raw.close();
});

test('a path names its service, and a payment provider posts to invoicing', () => {
  expect(serviceOfPath(ingest)).toBe('ingest');
  expect(serviceOfPath('/webhooks/stripe/org_1')).toBe('invoicing');
  expect(serviceOfPath('/billingrails.constructor.v1.A/B')).toBeUndefined();
  expect(serviceOfPath('/billingrails.bus')).toBeUndefined();
});

/** All of an answer but what differs from one call to the next. */
function comparable({ headers, body, trailers }: RawAnswer): object {
  const { date: _date, connection: _connection, 'keep-alive': _keepAlive, ...rest } = headers;
  return { headers: rest, body, trailers };
}
