import http2 from 'node:http2';
import { gzipSync } from 'node:zlib';
import { create } from '@bufbuild/protobuf';
import {
  IngestEventResponseSchema,
  IngestEventsResponseSchema,
  type IngestEventRequest,
} from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import {
  QueryUsageResponseSchema,
  UsageWindow,
  type QueryUsageRequest,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { startTestServer, TEST_KEY, type TestServer } from '../testing/test-server';

let server: TestServer;
const events: IngestEventRequest[] = [];
const queries: QueryUsageRequest[] = [];

beforeAll(async () => {
  server = await startTestServer({
    events: {
      ingestEvent: (request) => {
        events.push(request);
        return create(IngestEventResponseSchema);
      },
      ingestEvents: () => create(IngestEventsResponseSchema),
    },
    usage: {
      queryUsage: (request) => {
        queries.push(request);
        return create(QueryUsageResponseSchema);
      },
    },
  });
});
afterAll(() => server.close());

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly details: { readonly debug: Record<string, unknown> }[];
}

const wrong = '{"evnt_name":"x","timestamp":"2023-02-29T00:00:00Z","properties":{"n":1e400}}';
const message =
  'The request cannot be read: evnt_name: is no field here; did you mean "event_name"?, and 2 more.';
const fields = ['evnt_name', 'timestamp', 'properties.n'];
const service = '/billingrails.ingest.v1.EventService';

function fieldsOf({ details }: Refusal): string[] {
  const violations = details[1]?.debug['field_violations'] as { field: string }[];
  return violations.map(({ field }) => field);
}

/** A message as gRPC and Connect's streams send it. */
function framed(text: string): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(Buffer.byteLength(text), 1);
  return Buffer.concat([head, Buffer.from(text)]);
}

describe('what cannot be read is told by its path, however it was sent', () => {
  test('in Connect JSON', async () => {
    const response = await server.post('EventService/IngestEvent', wrong);
    expect(response.status).toBe(400);
    const refusal = (await response.json()) as Refusal;
    expect(refusal).toMatchObject({ code: 'invalid_argument', message });
    expect(fieldsOf(refusal)).toEqual(fields);
  });

  test('in Connect JSON that is compressed, when there is so much that the answer would be, too', async () => {
    const batch = { events: Array.from({ length: 150 }, () => ({ timestamp: 'yesterday' })) };
    const response = await fetch(`${server.address}${service}/IngestEvents`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'accept-encoding': 'gzip',
        authorization: `Bearer ${TEST_KEY}`,
      },
      body: gzipSync(JSON.stringify(batch)),
    });
    expect(response.status).toBe(400);
    const refusal = (await response.json()) as Refusal;
    expect(refusal.message).toMatch(/events\[0\]\.timestamp: must be a time.*, and 149 more\.$/);
    expect(fieldsOf(refusal)).toHaveLength(100);
    expect(refusal.details[0]?.debug).toMatchObject({
      reason: 'REQUEST_MALFORMED',
      metadata: { violations_omitted: '50' },
    });
  });

  test('in a GET', async () => {
    const query = new URLSearchParams({
      connect: 'v1',
      encoding: 'json',
      message: '{"meter":"mtr_1"}',
    });
    const path = 'billingrails.metering.v1.UsageService/QueryUsage';
    const headers = { authorization: `Bearer ${TEST_KEY}` };
    const response = await fetch(`${server.address}/${path}?${query.toString()}`, { headers });
    expect(response.status).toBe(400);
    expect(fieldsOf((await response.json()) as Refusal)).toEqual(['meter']);
  });

  test('in gRPC-Web with JSON', async () => {
    const response = await fetch(`${server.address}${service}/IngestEvent`, {
      method: 'POST',
      headers: {
        'content-type': 'application/grpc-web+json',
        authorization: `Bearer ${TEST_KEY}`,
      },
      body: framed(wrong),
    });
    expect(decodeURIComponent(await response.text())).toContain(message);
  });

  test('in gRPC with JSON', async () => {
    const session = http2.connect(server.address);
    const stream = session.request({
      ':method': 'POST',
      ':path': `${service}/IngestEvent`,
      'content-type': 'application/grpc+json',
      te: 'trailers',
      authorization: `Bearer ${TEST_KEY}`,
    });
    stream.end(framed(wrong));
    const headers = await new Promise<http2.IncomingHttpHeaders>((resolve) =>
      stream.once('response', resolve),
    );
    session.close();
    expect(headers['grpc-status']).toBe('3');
    expect(decodeURIComponent(String(headers['grpc-message']))).toBe(message);
  });

  test('to a method that streams', async () => {
    const response = await fetch(
      `${server.address}/billingrails.metering.v1.UsageService/WatchUsage`,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/connect+json',
          authorization: `Bearer ${TEST_KEY}`,
        },
        body: framed('{"query":{"window":"year"}}'),
      },
    );
    const text = await response.text();
    expect(text).toContain('query.window: must be one of none, hour, day, month, minute or week');
  });
});

test('what our rules read otherwise than the runtime arrives as it was meant', async () => {
  const event = '{"event_name":"a","properties":{"n":1,"n":2,"__proto__":3},"event_name":"b"}';
  expect((await server.post('EventService/IngestEvent', event)).status).toBe(200);
  expect(events.at(-1)).toMatchObject({ eventName: 'b', properties: { n: 2 } });

  const query = {
    meter_id: 'mtr_1',
    window: 'day',
    start_time: '2024-02-29T00:00:00Z',
    end_time: '2024-03-01T00:00:00Z',
  };
  expect((await server.post('UsageService/QueryUsage', query)).status).toBe(200);
  expect(queries.at(-1)?.window).toBe(UsageWindow.DAY);
});
