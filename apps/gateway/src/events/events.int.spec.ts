import { invalid } from '@billingrails/errors';
import type { RpcServer } from '@billingrails/rpc';
import { toJson } from '@bufbuild/protobuf';
import { EventSchema, type Event } from '@billingrails/contracts/billingrails/ingest/v1/event_pb';
import type { Gateway } from '../start-gateway';
import { gatewayTo, startService, TEST_KEY } from '../testing/world';

let service: RpcServer;
let gateway: Gateway;
let taken: Event[] = [];

beforeAll(async () => {
  service = await startService({
    events: {
      ingestEvents: ({ events }) => {
        taken = events;
        const index = events.findIndex(({ eventName }) => eventName === 'refused');
        const field = `events[${index}].properties.billingrails_account_id`;
        if (index >= 0)
          throw invalid('EVENTS_INVALID', 'Nothing was stored.', [
            { field, description: 'is unknown' },
          ]);
        return {
          events: events.map(({ idempotencyKey, timestamp }) => ({
            idempotencyKey,
            timestamp: timestamp ?? { seconds: 0n, nanos: 0 },
          })),
        };
      },
    },
  });
  gateway = await gatewayTo({ ingest: [service.port] });
});
afterAll(async () => {
  await gateway.close();
  await service.close();
});

async function post(body: unknown, headers: Record<string, string> = {}, path = '/api/v1/events') {
  taken = [];
  const response = await fetch(`${gateway.address}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${TEST_KEY}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const events = taken.map((event) => toJson(EventSchema, event, { useProtoFieldName: true }));
  return { status: response.status, type: response.headers.get('content-type'), text, events };
}

/** As LiteLLM's logger for OpenMeter sends it; before Python 3.11 without the zone of the time. */
const ofLiteLlm = (time: string) => ({
  ...{ specversion: '1.0', type: 'litellm_tokens', id: 'chatcmpl-1', time, subject: 'acct_1' },
  source: 'litellm-proxy',
  data: { model: 'gpt', cost: 0.0001, prompt_tokens: 13, completion_tokens: 7, total_tokens: 20 },
});
const structured = { 'content-type': 'application/cloudevents+json' };
const batch = { 'content-type': 'application/cloudevents-batch+json' };
const read = {
  event_name: 'litellm_tokens',
  properties: { ...ofLiteLlm('').data, billingrails_account_id: 'acct_1' },
  idempotency_key: 'litellm-proxy chatcmpl-1',
  timestamp: '2026-11-28T22:00:00.123456Z',
};

test.each(['2026-11-28T22:00:00.123456+00:00', '2026-11-28T22:00:00.123456'])(
  "LiteLLM's events for OpenMeter are taken as they are: 204 without a body (time %s)",
  async (time) => {
    const { status, text, events } = await post(ofLiteLlm(time), structured);
    expect([status, text, events]).toEqual([204, '', [read]]);
  },
);

test("LiteLLM's events for Lago are taken as they are, and answered as Lago does", async () => {
  const event = {
    ...{ transaction_id: 'uuid-1', external_subscription_id: 'acct_1', code: 'llm' },
    properties: { model: 'gpt', response_cost: null, total_tokens: 20 },
  };
  const { status, text, events } = await post({ event });
  expect([status, events]).toEqual([
    200,
    [
      {
        event_name: 'llm',
        properties: { ...event.properties, billingrails_account_id: 'acct_1' },
        idempotency_key: 'uuid-1',
      },
    ],
  ]);
  expect(JSON.parse(text)).toEqual({ event: { ...event, timestamp: '1970-01-01T00:00:00Z' } });
});

test('several events come in one post, of either kind', async () => {
  const time = '2026-11-28T22:00:00Z';
  const clouds = [ofLiteLlm(time), { ...ofLiteLlm(time), id: '2' }];
  for (const headers of [batch, {}]) {
    const answer = await post(clouds, headers);
    expect([answer.status, answer.events.length]).toEqual([204, 2]);
  }
  const event = { external_subscription_id: 'a', code: 'llm', timestamp: 1795903200 };
  const events = [1, 2].map((n) => ({ ...event, transaction_id: `${n}` }));
  for (const path of ['/api/v1/events', '/api/v1/events/batch']) {
    const answer = await post({ events }, {}, path);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({
      events: [{ transaction_id: '1', timestamp: time }, { transaction_id: '2' }],
    });
  }
});

test('a binary CloudEvent has its attributes in headers, and its data in the body', async () => {
  const headers = {
    ...{ 'ce-specversion': '1.0', 'ce-type': 'call', 'ce-id': '1', 'ce-source': '/app' },
    ...{ 'ce-subject': 'acct%3A1', 'ce-time': '2026-11-28T22:00:00Z' },
  };
  const { status, events } = await post('{"bytes":"12345678901234567890"}', headers);
  expect(status).toBe(204);
  expect(events).toEqual([
    {
      event_name: 'call',
      properties: { bytes: '12345678901234567890', billingrails_account_id: 'acct:1' },
      idempotency_key: '/app 1',
      timestamp: '2026-11-28T22:00:00Z',
    },
  ]);
});

test('a number that a double would round is kept as a text, to its last digit', async () => {
  const event = ofLiteLlm('2026-11-28T22:00:00Z');
  const text = JSON.stringify({ ...event, data: { big: 1 } }).replace(
    ':1}',
    ':0.12345678901234567891}',
  );
  const { events } = await post(text, structured);
  expect(events).toMatchObject([{ properties: { big: '0.12345678901234567891' } }]);
});

test.each<[string, unknown, Record<string, string>, number, object]>([
  [
    'a subject that is no string',
    { ...ofLiteLlm('2026-11-28T22:00:00Z'), subject: 17 },
    structured,
    400,
    {
      reason: 'EVENTS_INVALID',
      violations: [{ field: 'subject', description: /^must be a string/ }],
    },
  ],
  [
    'what ingest refuses, by the names of its sender',
    [ofLiteLlm('2026-11-28T22:00:00Z'), { ...ofLiteLlm('2026-11-28T22:00:00Z'), type: 'refused' }],
    batch,
    400,
    {
      reason: 'EVENTS_INVALID',
      violations: [{ field: '[1].subject', description: /^is unknown$/ }],
    },
  ],
  [
    'a missing key',
    ofLiteLlm(''),
    { ...structured, authorization: 'none' },
    401,
    { reason: 'API_KEY_MISSING' },
  ],
  ['no JSON', '{', structured, 400, { reason: 'REQUEST_MALFORMED' }],
  ['another object', { a: 1 }, {}, 400, { reason: 'REQUEST_MALFORMED' }],
  ['no array in a batch', {}, batch, 400, { reason: 'REQUEST_MALFORMED' }],
  [
    'another type',
    'a',
    { 'content-type': 'text/plain' },
    415,
    { reason: 'CONTENT_TYPE_UNSUPPORTED' },
  ],
])('%s is told as a problem', async (_what, body, headers, status, problem) => {
  const answer = await post(body, headers);
  expect([answer.status, answer.type]).toEqual([status, 'application/problem+json']);
  const { violations, ...expected } = problem as {
    violations?: { field: string; description: RegExp }[];
  };
  expect(JSON.parse(answer.text)).toMatchObject({
    ...expected,
    status,
    detail: expect.stringMatching(/\.$/),
    ...(violations && {
      violations: violations.map(({ field, description }) => ({
        field,
        description: expect.stringMatching(description),
      })),
    }),
  });
});

test('with ingest away, senders are told to come again', async () => {
  const alone = await gatewayTo({ ingest: [1] });
  const response = await fetch(`${alone.address}/api/v1/events`, {
    method: 'POST',
    headers: structured,
    body: JSON.stringify(ofLiteLlm('2026-11-28T22:00:00Z')),
  });
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await response.json()).toMatchObject({ reason: 'SERVICE_UNAVAILABLE', status: 503 });
  await alone.close();
});
