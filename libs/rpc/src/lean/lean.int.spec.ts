import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { gzipSync } from 'node:zlib';
import {
  create,
  fromBinary,
  fromJsonString,
  toBinary,
  toJsonString,
  type MessageInitShape,
} from '@bufbuild/protobuf';
import { invalid, exhausted } from '@billingrails/errors';
import {
  EventService,
  IngestEventRequestSchema,
  IngestEventResponseSchema,
  type IngestEventRequest,
} from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { Scope } from '@billingrails/contracts/billingrails/common/v1/scope_pb';
import { waitFor } from '@billingrails/testing';
import { MESSAGE_BYTES_MAX } from '../limits';
import { startTestServer, TEST_KEY, TEST_PRINCIPAL, type TestServer } from '../testing/test-server';
import type { LeanCall, LeanMethod } from './lean-method';
import { LEAN_BYTES_MAX } from './lean-request';

/** The same handler behind the runtime alone, and with the lean path before it. */
let ordinary: TestServer;
let lean: TestServer;
const taken: LeanCall[] = [];

/** Does what the event's name says. */
async function respond({ eventName, idempotencyKey }: IngestEventRequest) {
  if (eventName === 'hang') await new Promise(() => undefined);
  if (eventName === 'bug') throw new TypeError('a bug');
  if (eventName === 'full') throw exhausted('STREAM_FULL', 'Full.', 1_000);
  if (eventName === 'wrong') {
    const violations = Array.from({ length: 100 }, (_, index) => ({
      field: `events[${index}].event_name`,
      description: 'must not be ä'.padEnd(80, '.'),
    }));
    throw invalid('EVENTS_INVALID', 'Wrong.', violations);
  }
  return create(IngestEventResponseSchema, { consistencyToken: idempotencyKey.repeat(3) });
}

const leanMethod: LeanMethod = {
  method: EventService.method.ingestEvent,
  handle: (message, call) => {
    const isJson = call.encoding === 'json';
    const [schema, text] = [IngestEventRequestSchema, message.toString()];
    const request = isJson ? fromJsonString(schema, text) : fromBinary(schema, message);
    if (request.eventName === 'unusual') return undefined;
    taken.push(call);
    return respond(request).then((response) =>
      isJson
        ? Buffer.from(
            toJsonString(IngestEventResponseSchema, response, { useProtoFieldName: true }),
          )
        : toBinary(IngestEventResponseSchema, response),
    );
  },
};

beforeAll(async () => {
  const events = { ingestEvent: respond };
  ordinary = await startTestServer({ events });
  lean = await startTestServer({ events, lean: [leanMethod] });
});
beforeEach(() => void taken.splice(0));
afterAll(() => Promise.all([ordinary.close(), lean.close()]));

interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** All that a caller sees but the date. */
interface Seen {
  readonly status: unknown;
  readonly headers: object;
  readonly body: string;
  readonly trailers: object;
}

const path = '/billingrails.ingest.v1.EventService/IngestEvent';
const known = { authorization: `Bearer ${TEST_KEY}`, 'x-request-id': 'the-same-for-both' };

async function overHttp1({ port }: TestServer, { headers, body }: Sent): Promise<Seen> {
  const request = http.request({ port, path, method: 'POST', headers: { ...known, ...headers } });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const { date: _date, ...rest } = response.headers;
  return seen(response.statusCode, rest, chunks, response.trailers);
}

async function overHttp2({ address }: TestServer, { headers, body }: Sent): Promise<Seen> {
  const session = http2.connect(address);
  const stream = session.request({ ':method': 'POST', ':path': path, ...known, ...headers });
  let trailers = {};
  stream.on('trailers', (received) => (trailers = received));
  stream.end(body);
  const [received] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  session.close();
  const { date: _date, ':status': status, ...rest } = received;
  return seen(status, rest, chunks, trailers);
}

function seen(status: unknown, headers: object, chunks: Buffer[], trailers: object): Seen {
  return {
    status,
    headers: { ...headers },
    body: Buffer.concat(chunks).toString('latin1'),
    trailers: { ...trailers },
  };
}

const ways = { 'HTTP/1.1': overHttp1, 'HTTP/2': overHttp2 };

function json(event: object, headers: Sent['headers'] = {}): Sent {
  const body = Buffer.from(JSON.stringify(event));
  return { headers: { 'content-type': 'application/json', ...headers }, body };
}

function grpc(
  event: MessageInitShape<typeof IngestEventRequestSchema>,
  headers: Sent['headers'] = {},
): Sent {
  const message = toBinary(IngestEventRequestSchema, create(IngestEventRequestSchema, event));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  const types = { 'content-type': 'application/grpc', te: 'trailers' };
  return { headers: { ...types, ...headers }, body: Buffer.concat([head, message]) };
}

const event = { event_name: 'Song played', idempotency_key: 'k' };
const message = { eventName: 'Song played', idempotencyKey: 'k' };
const deadline = { 'connect-timeout-ms': '200' };
const large = 'x'.repeat(LEAN_BYTES_MAX);
const tooLarge = 'x'.repeat(MESSAGE_BYTES_MAX);

type Case = [what: string, way: keyof typeof ways, sent: Sent, calls: number];

const cases: readonly Case[] = [
  ['a good call in JSON', 'HTTP/1.1', json(event), 1],
  ['a good call in JSON', 'HTTP/2', json(event), 1],
  [
    'JSON with its charset',
    'HTTP/1.1',
    json(event, { 'content-type': 'application/json; charset=utf-8' }),
    1,
  ],
  [
    'Connect with protobuf',
    'HTTP/1.1',
    {
      ...grpc(message),
      headers: { 'content-type': 'application/proto' },
      body: grpc(message).body.subarray(5),
    },
    1,
  ],
  ['a good call as gRPC', 'HTTP/2', grpc(message), 1],
  [
    'gRPC with its encoding',
    'HTTP/2',
    grpc(message, { 'content-type': 'application/grpc+proto' }),
    1,
  ],
  ['a deadline that is kept', 'HTTP/2', grpc(message, { 'grpc-timeout': '20S' }), 1],
  ['what its handler leaves', 'HTTP/1.1', json({ event_name: 'unusual' }), 0],
  ['what its handler leaves', 'HTTP/2', grpc({ eventName: 'unusual' }), 0],
  ['violations', 'HTTP/1.1', json({ event_name: 'wrong' }), 1],
  ['violations', 'HTTP/2', grpc({ eventName: 'wrong' }), 1],
  ['a full stream', 'HTTP/1.1', json({ event_name: 'full' }), 1],
  ['a full stream', 'HTTP/2', grpc({ eventName: 'full' }), 1],
  ['a bug', 'HTTP/1.1', json({ event_name: 'bug' }), 1],
  ['a bug', 'HTTP/2', grpc({ eventName: 'bug' }), 1],
  ['a deadline that passes', 'HTTP/1.1', json({ event_name: 'hang' }, deadline), 1],
  ['a deadline that passes', 'HTTP/2', grpc({ eventName: 'hang' }, { 'grpc-timeout': '200m' }), 1],
  ['a deadline that cannot be read', 'HTTP/1.1', json(event, { 'connect-timeout-ms': 'soon' }), 0],
  ['a deadline that cannot be read', 'HTTP/2', grpc(message, { 'grpc-timeout': 'soon' }), 0],
  ['no key', 'HTTP/1.1', json(event, { authorization: '' }), 0],
  ['a wrong key', 'HTTP/1.1', json(event, { authorization: 'Bearer br_wrong' }), 0],
  ['a wrong key', 'HTTP/2', grpc(message, { authorization: 'Bearer br_wrong' }), 0],
  ['no JSON', 'HTTP/1.1', { ...json({}), body: Buffer.from('{') }, 0],
  ['a field nobody knows', 'HTTP/1.1', json({ name: 'x' }), 0],
  [
    'bytes that are no message',
    'HTTP/2',
    { ...grpc({}), body: Buffer.from([0, 0, 0, 0, 1, 9]) },
    0,
  ],
  ['half a frame', 'HTTP/2', { ...grpc({}), body: Buffer.from([0, 0, 0, 0, 9, 1]) }, 0],
  [
    'two frames',
    'HTTP/2',
    { ...grpc({}), body: Buffer.concat([grpc(message).body, grpc(message).body]) },
    0,
  ],
  ['no frame', 'HTTP/2', { ...grpc({}), body: Buffer.alloc(0) }, 0],
  ['another content type', 'HTTP/1.1', json(event, { 'content-type': 'text/plain' }), 0],
  ['gRPC-Web', 'HTTP/1.1', grpc(message, { 'content-type': 'application/grpc-web+proto' }), 0],
  [
    'compressed JSON',
    'HTTP/1.1',
    {
      headers: { ...json({}).headers, 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify(event)),
    },
    0,
  ],
  ['an unknown compression', 'HTTP/2', grpc(message, { 'grpc-encoding': 'snappy' }), 0],
  [
    'a large call of known length',
    'HTTP/1.1',
    json(
      { ...event, event_name: large },
      {
        'content-length': String(
          large.length + JSON.stringify({ ...event, event_name: '' }).length,
        ),
      },
    ),
    0,
  ],
  ['a large call', 'HTTP/1.1', json({ ...event, event_name: large }), 0],
  ['a large call', 'HTTP/2', grpc({ ...message, eventName: large }), 0],
  ['a call that is too large', 'HTTP/1.1', json({ event_name: tooLarge }), 0],
  ['a call that is too large', 'HTTP/2', grpc({ eventName: tooLarge }), 0],
];

test.each(cases)(
  '%s over %s is answered as the runtime alone does',
  async (_what, way, sent, calls) => {
    const answer = await ways[way](lean, sent);
    expect(taken).toHaveLength(calls);
    expect(answer).toEqual(await ways[way](ordinary, sent));
    expect(lastLine(lean)).toEqual(lastLine(ordinary));
  },
);

test('answers are not compressed, whatever the caller takes', async () => {
  const key = 'k'.repeat(2_000);
  const sent = json({ idempotency_key: key }, { 'accept-encoding': 'gzip' });
  const { headers, body } = await overHttp1(lean, sent);
  expect(headers).not.toHaveProperty('content-encoding');
  expect(body).toContain(key);
});

test('a handler knows its caller and what is left to it, and learns when its caller leaves', async () => {
  const leaving = new AbortController();
  const gone = fetch(`${lean.address}${path}`, {
    method: 'POST',
    headers: { ...known, 'content-type': 'application/json', 'connect-timeout-ms': '9000' },
    body: JSON.stringify({ event_name: 'hang' }),
    signal: leaving.signal,
  }).catch(() => undefined);
  await waitFor(() => taken.length === 1, { what: 'the handler' });
  const [call] = taken;
  expect(call?.principal.kind).toBe('organisation');
  expect(call?.remainingMs()).toBeLessThanOrEqual(9_000);
  expect(call?.signal.aborted).toBe(false);
  leaving.abort();
  await gone;
  await waitFor(() => call?.signal.aborted, { what: 'the abort' });
  expect(lastLine(lean)).toMatchObject({ code: 'CANCELED', method: 'IngestEvent' });
});

test('a shutdown waits for running calls, and cuts off those that last too long', async () => {
  const server = await startTestServer({ lean: [leanMethod], drainMs: 100 });
  const cut = overHttp2(server, grpc({ eventName: 'hang' }));
  await waitFor(() => taken.length === 1, { what: 'the handler' });
  await server.close();
  const { headers } = await cut;
  expect(headers).toMatchObject({ 'grpc-status': '14' });
  expect(taken[0]?.signal.aborted).toBe(true);
});

/** What was said last of a call, but how long it took. */
function lastLine({ lines }: TestServer): object {
  const calls = lines.filter((line) => line.includes('"msg":"call"'));
  const {
    time: _time,
    duration_ms: _duration,
    ...rest
  } = JSON.parse(calls.at(-1) ?? '{}') as Record<string, unknown>;
  const { err, ...told } = rest as { err?: { message: string } };
  return { ...told, err: err?.message };
}

test.each(['lean', 'ordinary'] as const)(
  'a key that lacks the scope is refused before the body is read, %s, and told which it has and needs',
  async (way) => {
    const handled: unknown[] = [];
    const scopes = new Set([Scope.READ, Scope.BILLING]);
    const server = await startTestServer({
      events: { ingestEvent: (request) => respond(request).finally(() => handled.push(request)) },
      lean: way === 'lean' ? [leanMethod] : [],
      authenticate: () => ({ ...TEST_PRINCIPAL, scopes }),
    });
    const answer = await server.post('EventService/IngestEvent', 'no JSON');
    const usage = await server.post('UsageService/RepairUsage', {}, connectStream);
    await server.close();
    const text = await answer.text();
    expect([answer.status, text]).toEqual([403, expect.stringContaining('"permission_denied"')]);
    expect(text).toContain(
      'EventService.IngestEvent needs a key with the scope ingest; this key has the scopes read, billing.',
    );
    const { details } = JSON.parse(text) as { details: { debug: unknown }[] };
    expect(details[0]?.debug).toEqual({
      ...{ reason: 'SCOPE_MISSING', domain: 'billingrails' },
      metadata: { required_scope: 'ingest', key_scopes: 'read,billing' },
    });
    expect(await usage.text()).toContain('needs a key with the scope admin');
    expect([handled, taken]).toEqual([[], []]);
    expect(server.lines.join()).toContain('"code":"PERMISSION_DENIED"');
  },
);

const connectStream = { 'content-type': 'application/connect+json' };
