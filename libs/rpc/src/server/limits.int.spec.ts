import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { waitFor } from '@billingrails/testing';
import { remainingMs } from '..';
import {
  CONCURRENT_STREAMS_MAX,
  DEADLINE_MS_MAX,
  MESSAGE_BYTES_MAX,
  STREAM_MS_MAX,
} from '../limits';
import { call, outsideClient } from '../testing/outside-client';
import { startTestServer, TEST_KEY, type TestServer } from '../testing/test-server';
import { listen, type Listener } from './listener';

let server: TestServer;
const remaining: (number | undefined)[] = [];
const signals: AbortSignal[] = [];

beforeAll(async () => {
  server = await startTestServer({
    events: {
      ingestEvent: (_request, context) => {
        remaining.push(remainingMs(context));
        return {};
      },
      // Looks at nothing and never ends.
      ingestEvents: (_request, { signal }) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
    },
    usage: {
      // eslint-disable-next-line require-yield
      async *watchUsage(_request, context) {
        remaining.push(remainingMs(context));
      },
    },
  });
});
afterAll(() => server.close());

test.each([
  ['a caller that names none', {}, DEADLINE_MS_MAX],
  ['a caller that asks for more', { 'connect-timeout-ms': '90000' }, DEADLINE_MS_MAX],
  ['a caller that asks for less', { 'connect-timeout-ms': '15000' }, 15_000],
])('the deadline of %s is what it asks for, at most 30 s', async (_who, headers, expected) => {
  expect((await server.post('EventService/IngestEvent', {}, headers)).status).toBe(200);
  const left = remaining.at(-1) ?? 0;
  expect(left).toBeLessThanOrEqual(expected);
  expect(left).toBeGreaterThan(expected - 14_000);
});

test('a gRPC caller that asks for minutes gets 30 s', async () => {
  const client = outsideClient(
    'billingrails/ingest/v1/event_service.proto',
    'billingrails.ingest.v1.EventService',
    server.port,
  );
  const outcome = await call(client, 'IngestEvent', {}, { key: TEST_KEY, timeoutMs: 600_000 });
  client.close();
  expect(outcome.error).toBeUndefined();
  expect(remaining.at(-1)).toBeLessThanOrEqual(DEADLINE_MS_MAX);
});

test.each([
  ['that asks for nothing', undefined, STREAM_MS_MAX],
  ['that asks for minutes', 600_000, 600_000],
  ['that asks for a day', 86_400_000, STREAM_MS_MAX],
])(
  'the deadline of a stream %s is what it asks for, at most an hour',
  async (_who, timeoutMs, ms) => {
    const client = createClient(
      UsageService,
      createGrpcTransport({
        baseUrl: server.address,
        interceptors: [withKey],
      }),
    );
    const query = { meterId: 'mtr_1', startTime: { seconds: 0n }, endTime: { seconds: 1n } };
    const asked = timeoutMs === undefined ? {} : { timeoutMs };
    for await (const _answer of client.watchUsage({ query }, asked)) throw new Error('an answer');
    const left = remaining.at(-1) ?? 0;
    expect(left).toBeLessThanOrEqual(ms);
    expect(left).toBeGreaterThan(ms - 20_000);
  },
);

const withKey: Interceptor = (next) => (request) => {
  request.header.set('authorization', `Bearer ${TEST_KEY}`);
  return next(request);
};

test('a deadline that cannot be read is INVALID_ARGUMENT', async () => {
  const headers = { 'connect-timeout-ms': 'soon' };
  const response = await server.post('EventService/IngestEvent', {}, headers);
  expect(await response.json()).toMatchObject({ code: 'invalid_argument' });
});

test('a handler that ignores its deadline is answered for with DEADLINE_EXCEEDED', async () => {
  const headers = { 'connect-timeout-ms': '100' };
  const response = await server.post('EventService/IngestEvents', {}, headers);
  expect(response.status).toBe(504);
  expect(await response.json()).toMatchObject({ code: 'deadline_exceeded' });
  expect(signals.at(-1)?.aborted).toBe(true);
});

test('a caller that goes away aborts its handler', async () => {
  const seen = signals.length;
  const leaving = new AbortController();
  const gone = fetch(`${server.address}/billingrails.ingest.v1.EventService/IngestEvents`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}` },
    body: '{}',
    signal: leaving.signal,
  }).catch(() => undefined);
  await waitFor(() => signals.length > seen, { what: 'the handler' });
  leaving.abort();
  await gone;
  await waitFor(() => signals.at(-1)?.aborted, { what: 'the abort' });
  const canceled = (): boolean => server.lines.some((line) => line.includes('"code":"CANCELED"'));
  await waitFor(canceled, { what: 'its line' });
});

const large = JSON.stringify({ event_name: 'x'.repeat(MESSAGE_BYTES_MAX) });

test('a request of more than 4 MiB is RESOURCE_EXHAUSTED', async () => {
  const response = await server.post('EventService/IngestEvent', large);
  expect(await response.json()).toMatchObject({ code: 'resource_exhausted' });
});

test('a request that unpacks to more than 4 MiB never reaches a handler', async () => {
  const calls = remaining.length;
  const response = await fetch(
    `${server.address}/billingrails.ingest.v1.EventService/IngestEvent`,
    {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        authorization: `Bearer ${TEST_KEY}`,
      },
      body: gzipSync(large),
    },
  );
  // Which error depends on "instanceof", which Jest's realms break for the errors of zlib.
  expect(response.ok).toBe(false);
  expect(remaining).toHaveLength(calls);
});

test('a request of just under 4 MiB is read', async () => {
  const body = JSON.stringify({ event_name: 'x'.repeat(MESSAGE_BYTES_MAX - 100) });
  expect((await server.post('EventService/IngestEvent', body)).status).toBe(200);
});

test('one connection has at most 128 calls at once', async () => {
  const session = http2.connect(server.address);
  await once(session, 'remoteSettings');
  expect(session.remoteSettings.maxConcurrentStreams).toBe(CONCURRENT_STREAMS_MAX);
  session.destroy();
});

test.each([
  ['a host that is none', 'Host: a b[\r\n'],
  ['no host', ''],
])('%s is refused and harms nobody', async (_what, host) => {
  const version = host === '' ? '1.0' : '1.1';
  const path = '/billingrails.ingest.v1.EventService/IngestEvent';
  const head = `POST ${path} HTTP/${version}\r\n${host}Authorization: Bearer ${TEST_KEY}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
  const socket = net.connect(server.port, '127.0.0.1').setEncoding('utf8');
  socket.write(head);
  const [answer] = (await once(socket, 'data')) as [string];
  socket.destroy();
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect((await server.post('EventService/IngestEvent', {})).status).toBe(200);
});

test('HTTP/2 requests that never come whole end with their deadline, and free their streams', async () => {
  const session = http2.connect(server.address);
  const stall = async (): Promise<unknown> => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/billingrails.ingest.v1.EventService/IngestEvent',
      'content-type': 'application/grpc',
      'grpc-timeout': '100m',
      authorization: `Bearer ${TEST_KEY}`,
    });
    stream.write(Buffer.from([0, 0, 0, 0, 9, 1]));
    const [headers] = (await once(stream.resume(), 'response')) as [Record<string, string>];
    if (!stream.destroyed) await once(stream, 'close');
    return headers['grpc-status'];
  };
  // Twice as many as a connection may have at once, were they to stay.
  for (let round = 0; round < 4; round++) {
    const statuses = await Promise.all(Array.from({ length: CONCURRENT_STREAMS_MAX / 2 }, stall));
    expect(new Set(statuses)).toEqual(new Set(['4']));
  }
  session.close();
});

describe('connections that keep us waiting', () => {
  let listener: Listener;
  beforeAll(async () => {
    listener = await listen(
      { host: '127.0.0.1', port: 0 },
      (_request, response) => void response.end('ok'),
      { firstBytesMs: 100, headersMs: 100, requestMs: 200, keepAliveMs: 1_000, idleSessionMs: 100 },
    );
  });
  afterAll(() => listener.destroy());

  test.each([
    ['nothing', ''],
    ['two bytes', 'PR'],
    ['half of a header', 'POST / HTTP/1.1\r\nHost: a'],
    ['half of a body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf'],
    ['an HTTP/2 preface and no call', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'],
  ])('a connection that sends %s is closed', async (_what, bytes) => {
    const socket = net.connect(listener.port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    if (bytes !== '') socket.write(bytes, 'latin1');
    await once(socket, 'close');
  });

  test.each(['HTTP/1.1', 'HTTP/2'])(
    '%s works when its first bytes come one by one',
    async (name) => {
      const bytes =
        name === 'HTTP/2'
          ? 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'
          : 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
      const socket = net.connect({ port: listener.port, host: '127.0.0.1', noDelay: true });
      await once(socket, 'connect');
      for (const byte of bytes.slice(0, 5)) {
        await new Promise((resolve) => socket.write(byte, 'latin1', resolve));
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.write(bytes.slice(5), 'latin1');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      // A SETTINGS frame begins with its length; HTTP/1.1 with its name.
      if (name === 'HTTP/2') expect(answer[3]).toBe(4);
      else expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
      socket.destroy();
    },
  );

  test('an idle connection is kept longer than its client is told, so that no request meets its end', async () => {
    const socket = net.connect(listener.port, '127.0.0.1');
    const answer = async (): Promise<string> => {
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      const [bytes] = (await once(socket, 'data')) as [Buffer];
      return bytes.toString();
    };
    expect(await answer()).toMatch(/^keep-alive: timeout=1\r$/im);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await answer()).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });
});
