import http2 from 'node:http2';
import { create } from '@bufbuild/protobuf';
import { createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import {
  IngestedEventSchema,
  IngestStatus,
} from '@billingrails/contracts/billingrails/ingest/v1/event_pb';
import { principalOf } from '..';
import { call, outsideClient } from '../testing/outside-client';
import {
  DOCUMENTED_EVENT,
  startTestServer,
  TEST_KEY,
  TEST_PRINCIPAL,
  type TestServer,
} from '../testing/test-server';

let server: TestServer;
const principals: unknown[] = [];

beforeAll(async () => {
  server = await startTestServer({
    events: {
      ingestEvent: ({ idempotencyKey, timestamp, properties }, context) => {
        principals.push(principalOf(context));
        context.responseHeader.set('x-header', 'before');
        context.responseTrailer.set('x-trailer', 'after');
        return {
          event: create(IngestedEventSchema, {
            idempotencyKey,
            status: IngestStatus.QUEUED,
            ...(timestamp && { timestamp }),
          }),
          consistencyToken: JSON.stringify(properties),
        };
      },
    },
    usage: { queryUsage: ({ meterId }) => ({ nextPageToken: meterId }) },
  });
});
afterAll(() => server.close());

const expected = {
  event: {
    idempotency_key: 'unique_event_id_12345',
    timestamp: '2023-10-01T12:00:00Z',
    status: 'INGEST_STATUS_QUEUED',
  },
  consistency_token: JSON.stringify(DOCUMENTED_EVENT.properties),
};

test('the documented event is taken as JSON over HTTP/1.1 and answered in snake_case', async () => {
  const response = await server.post('EventService/IngestEvent', DOCUMENTED_EVENT);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual(expected);
});

test('the same works over cleartext HTTP/2', async () => {
  const session = http2.connect(server.address);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/billingrails.ingest.v1.EventService/IngestEvent',
    'content-type': 'application/json; charset=utf-8',
    authorization: `Bearer ${TEST_KEY}`,
  });
  stream.end(JSON.stringify(DOCUMENTED_EVENT));
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  expect(JSON.parse(text)).toEqual(expected);
  session.close();
});

test('the same works as gRPC from a client made of the .proto files alone', async () => {
  const client = outsideClient(
    'billingrails/ingest/v1/event_service.proto',
    'billingrails.ingest.v1.EventService',
    server.port,
  );
  const { answer } = await call(
    client,
    'IngestEvent',
    {
      event_name: 'Song played',
      idempotency_key: 'unique_event_id_12345',
      properties: { fields: { duration: { numberValue: 240, kind: 'numberValue' } } },
      timestamp: { seconds: 1696161600, nanos: 0 },
    },
    { key: TEST_KEY },
  );
  expect(answer).toMatchObject({
    event: { idempotency_key: 'unique_event_id_12345', status: 'INGEST_STATUS_QUEUED' },
    consistency_token: '{"duration":240}',
  });
  client.close();
});

const baseUrl = (): string => server.address;
const transports: [string, () => Transport][] = [
  ['gRPC', () => createGrpcTransport({ baseUrl: baseUrl() })],
  [
    'gRPC-Web on HTTP/1.1',
    () => createGrpcWebTransport({ baseUrl: baseUrl(), httpVersion: '1.1' }),
  ],
  ['gRPC-Web on HTTP/2', () => createGrpcWebTransport({ baseUrl: baseUrl(), httpVersion: '2' })],
  ['Connect on HTTP/1.1', () => createConnectTransport({ baseUrl: baseUrl(), httpVersion: '1.1' })],
  ['Connect on HTTP/2', () => createConnectTransport({ baseUrl: baseUrl(), httpVersion: '2' })],
];

test.each(transports)('%s is served on the one port, with its metadata', async (_name, make) => {
  const client = createClient(EventService, make());
  const seen: (string | null)[] = [];
  const answer = await client.ingestEvent(
    { eventName: 'Song played', idempotencyKey: 'k', properties: { duration: 240 } },
    {
      headers: { authorization: `Bearer ${TEST_KEY}` },
      onHeader: (headers) => seen.push(headers.get('x-header')),
      onTrailer: (trailers) => seen.push(trailers.get('x-trailer')),
    },
  );
  expect(answer.event?.status).toBe(IngestStatus.QUEUED);
  expect(seen).toEqual(['before', 'after']);
});

test('a method that only reads can be asked with GET', async () => {
  const url = new URL('/billingrails.metering.v1.UsageService/QueryUsage', server.address);
  const time = '2023-10-01T12:00:00Z';
  url.search = new URLSearchParams({
    connect: 'v1',
    encoding: 'json',
    message: JSON.stringify({ meter_id: 'mtr_1', start_time: time, end_time: time }),
  }).toString();
  const headers = { authorization: `Bearer ${TEST_KEY}` };
  expect(await (await fetch(url, { headers })).json()).toEqual({ next_page_token: 'mtr_1' });
});

test('a method that writes cannot be asked with GET', async () => {
  const url = `${server.address}/billingrails.ingest.v1.EventService/IngestEvent`;
  expect((await fetch(url)).status).toBe(405);
});

test('a handler knows who calls, and from where', () => {
  expect(principals.length).toBeGreaterThan(0);
  const caller = { ...TEST_PRINCIPAL, address: expect.stringContaining('127.0.0.1') as unknown };
  for (const principal of principals) expect(principal).toEqual(caller);
});

test('a call is one line in the log, without headers and content', async () => {
  const before = server.lines.length;
  await server.post('EventService/IngestEvent', DOCUMENTED_EVENT);
  const lines = server.lines.slice(before);
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    service_name: 'billingrails.ingest.v1.EventService',
    method: 'IngestEvent',
    code: 'OK',
    duration_ms: expect.any(Number),
    organisation_id: TEST_PRINCIPAL.organisationId,
    key_id: TEST_PRINCIPAL.keyId,
  });
  expect(lines[0]).not.toMatch(/acct_67890|Beatles|authorization|br_/);
});
