import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { createRpcClient, type RpcClient } from '../client/create-rpc-client';
import { query, urlOf } from '../testing/calls';
import { call, outsideClient } from '../testing/outside-client';
import { overHttp1, overHttp2 } from '../testing/raw-call';
import { startTestServer, TEST_KEY, type TestServer } from '../testing/test-server';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';

let server: TestServer;
let inner: TestServer;
let usage: RpcClient<typeof UsageService>;

beforeAll(async () => {
  inner = await startTestServer({ usage: { queryUsage: () => ({}) } });
  usage = createRpcClient(UsageService, { url: urlOf(inner), key: TEST_KEY });
  server = await startTestServer({
    events: { ingestEvent: () => ({}) },
    usage: { queryUsage: (request, { signal }) => usage.client.queryUsage(request, { signal }) },
    lean: [{ method: EventService.method.ingestEvent, handle: async () => Buffer.from('{}') }],
  });
});
afterAll(async () => {
  usage.close();
  await Promise.all([server.close(), inner.close()]);
});

const ingest = '/billingrails.ingest.v1.EventService/IngestEvent';
const json = { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}` };

const loggedId = ({ lines }: TestServer): unknown =>
  (JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>)['x_request_id'];

const requests: [string, string, Record<string, string>, string][] = [
  ['a good answer of the lean path', ingest, json, '{}'],
  [
    'an answer of the runtime',
    ingest,
    { ...json, 'accept-encoding': 'x', 'content-encoding': 'identity' },
    '{}',
  ],
  ['a refusal for want of a key', ingest, { 'content-type': 'application/json' }, '{}'],
  [
    'a refusal of what cannot be read',
    '/billingrails.metering.v1.UsageService/QueryUsage',
    json,
    '{',
  ],
  ['a wrong content type', ingest, { 'content-type': 'text/plain' }, '{}'],
  ['a path that nobody has', '/nothing', json, '{}'],
];

describe.each([
  ['HTTP/1.1', overHttp1],
  ['HTTP/2', overHttp2],
])('over %s', (_version, send) => {
  test.each(requests)(
    "%s has the caller's x-request-id, which is in the log",
    async (_what, path, headers, text) => {
      const given = 'caller:4/a+b=c@d.e_f-1';
      const body = Buffer.from(text);
      const answer = await send(server.port, {
        path,
        headers: { ...headers, 'x-request-id': given },
        body,
      });
      expect(answer.headers['x-request-id']).toBe(given);
      expect(loggedId(server)).toBe(given);
    },
  );
});

test.each([
  ['none', undefined],
  ['a long one', 'x'.repeat(129)],
  ['one with spaces', 'a b'],
  ['one that a log could not show', 'a"}{"b'],
])('a caller who gives %s gets a new one, each time another', async (_what, given) => {
  const ask = async () => {
    const headers = given === undefined ? {} : { 'x-request-id': given };
    const response = await server.post('EventService/IngestEvent', {}, headers);
    return response.headers.get('x-request-id');
  };
  const [first, second] = [await ask(), await ask()];
  expect(first).toMatch(/^[0-9a-f-]{36}$/);
  expect(second).not.toBe(first);
  expect(loggedId(server)).toBe(second);
});

test('gRPC clients read it beside an error, and calls made for a call have its own', async () => {
  const outside = outsideClient(
    'billingrails/metering/v1/usage_service.proto',
    'billingrails.metering.v1.UsageService',
    server.port,
  );
  const { error } = await call(outside, 'QueryUsage', {}, { key: TEST_KEY });
  expect(error?.metadata.get('x-request-id')).toEqual([loggedId(server)]);
  outside.close();

  await server.post(
    'UsageService/QueryUsage',
    {
      meter_id: query.meterId,
      start_time: '1970-01-01T00:00:00Z',
      end_time: '1970-01-01T00:00:01Z',
    },
    { 'x-request-id': 'the-whole-way' },
  );
  expect(loggedId(server)).toBe('the-whole-way');
  expect(loggedId(inner)).toBe('the-whole-way');
});
