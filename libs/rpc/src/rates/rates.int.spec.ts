import { Registry } from 'prom-client';
import { waitFor } from '@billingrails/testing';
import { call, outsideClient } from '../testing/outside-client';
import { overHttp1, overHttp2, type RawAnswer } from '../testing/raw-call';
import { startTestServer, TEST_KEY, TEST_PRINCIPAL, type TestServer } from '../testing/test-server';

const PATH = '/billingrails.ingest.v1.EventService/IngestEvent';

/**
 * Bearers and what they may send a second; each is an organisation's own key but the last. Limits are so low that
 * nothing is saved up while the tests run, however long that takes.
 */
const callers: Record<string, object> = {
  quiet: {},
  calls: { limits: { key: { calls: 0.001 }, organisation: {} } },
  [TEST_KEY]: { kind: 'service' },
};

let server: TestServer;
/** Ends calls of IngestEvents. */
const held: (() => void)[] = [];

beforeAll(async () => {
  server = await startTestServer({
    events: {
      ingestEvent: () => ({}),
      ingestEvents: () => new Promise((resolve) => held.push(() => resolve({}))),
    },
    metrics: new Registry(),
    authenticate: (bearer) => {
      const id = `org_${bearer.slice(0, 26).padEnd(26, '0')}` as never;
      const keyId = `key_${bearer.slice(0, 26)}` as never;
      return { ...TEST_PRINCIPAL, organisationId: id, keyId, ...callers[bearer] };
    },
  });
});
afterAll(() => server.close());

const send = (bearer: string, body = '{}'): Promise<Response> =>
  server.post('EventService/IngestEvent', body, { authorization: `Bearer ${bearer}` });

/** Sends until one is refused, which must come: only so much is saved up. */
async function refusalOf(bearer: string): Promise<Response> {
  for (;;) {
    const response = await send(bearer);
    if (response.status !== 200) return response;
  }
}

test('a call beyond a limit is told which it is and when to try again, and others are not touched', async () => {
  const refused = await refusalOf('calls');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const told = (await refused.json()) as { code: string; details: { debug: object }[] };
  expect(told.code).toBe('resource_exhausted');
  expect(told.details[0]?.debug).toMatchObject({
    reason: 'RATE_LIMITED',
    metadata: { limit: 'calls', limit_of: 'key', limit_per_second: '0.001' },
  });
  // The log has its reason, and not where in the code it was made: refusing is to cost little.
  const logged = JSON.parse(server.lines.at(-1) ?? '{}') as object;
  expect(logged).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'RATE_LIMITED' });
  expect(logged).not.toHaveProperty('err');
  expect((await send('quiet')).status).toBe(200);
  const metrics = await (await fetch(`${server.address}/metrics`)).text();
  expect(metrics).toMatch(/^billingrails_rpc_limited_calls_total\{limit="calls",of="key"\} [1-9]/m);
  expect(metrics).not.toMatch(/key_calls|org_calls/);
});

test('clients of gRPC read the same, and when to try again', async () => {
  const client = outsideClient(
    'billingrails/ingest/v1/event_service.proto',
    'billingrails.ingest.v1.EventService',
    server.port,
  );
  const error = await waitFor(
    async () => (await call(client, 'IngestEvent', {}, { key: 'calls' })).error,
    {
      what: 'a refusal',
    },
  );
  expect(error).toMatchObject({ code: 8 });
  expect(Number(error.metadata.get('grpc-retry-pushback-ms')[0])).toBeGreaterThan(0);
  client.close();
});

/** What a caller reads of the answer, in whichever protocol. */
const read = ({ status, headers, body }: RawAnswer): string =>
  `${status} ${headers['grpc-status'] ?? ''} ${body.toString('latin1')}`;

test.each([
  ['Connect', 'application/json', overHttp1],
  ['gRPC', 'application/grpc', overHttp2],
])(
  'over %s it is refused by its headers, before any of its body has come',
  async (_what, type, over) => {
    await refusalOf('calls');
    const headers = { authorization: 'Bearer calls', 'content-type': type, 'content-length': '9' };
    expect(read(await over(server.port, { path: PATH, headers }))).toMatch(
      /^429 .*RATE_LIMITED|^200 8 /s,
    );
  },
);

test.each([
  ['with its length told before', {}],
  ['in pieces', { 'transfer-encoding': 'chunked' }],
])('a body %s counts by its bytes, packed as it came', async (what, more) => {
  const bearer = 'bytes';
  callers[bearer] = {
    organisationId: `org_${what.length.toString().padStart(26, '0')}`,
    limits: { key: {}, organisation: { bytes: 0.001 } },
  };
  const body = Buffer.from(JSON.stringify({ event_name: 'x'.repeat(100) }));
  const headers = {
    authorization: `Bearer ${bearer}`,
    'content-type': 'application/json',
    ...more,
  };
  const first = await overHttp1(server.port, { path: PATH, headers, body });
  expect(first.status).toBe(200);
  const second = await overHttp1(server.port, { path: PATH, headers, body });
  expect(read(second)).toMatch(/^429 .*"limit":"bytes"/s);
});

test('calls that one organisation leaves running take no room from another, nor from services', async () => {
  const hold = (bearer: string) =>
    server.post('EventService/IngestEvents', {}, { authorization: `Bearer ${bearer}` });
  // More than an organisation may have running at once.
  const calls = Array.from({ length: 140 }, () => hold('many'));
  await waitFor(() => held.length === 128, { what: 'its share to run' });
  expect((await send('quiet')).status).toBe(200);
  expect((await send(TEST_KEY)).status).toBe(200);
  const ended = Promise.all(calls).then(() => true);
  await waitFor(
    async () => {
      held.splice(0).forEach((end) => end());
      return await Promise.race([ended, Promise.resolve(false)]);
    },
    { what: 'those that waited to run' },
  );
});
