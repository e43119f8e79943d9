import type { JsonObject } from '@bufbuild/protobuf';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { createRpcClient, domainErrorOf, type RpcClient } from '@billingrails/rpc';
import { PATIENCE_MS } from '@billingrails/testing';
import { Code, ConnectError } from '@connectrpc/connect';
import { callJson, detailOf, type JsonAnswer } from '../testing/calls';
import { runIngest, type RunningIngest } from '../testing/running-ingest';
import { seed } from '../testing/seed';
import { storedEvents } from '../testing/stored-events';

const account = { billingrails_account_id: 'acct_67890' };

let running: RunningIngest;
let grpc: RpcClient<typeof EventService>;

beforeAll(async () => {
  running = await runIngest();
  const url = running.process.address.replace('http://', 'dns:///');
  grpc = createRpcClient(EventService, {
    ...{ url, key: running.key },
    defaultTimeoutMs: PATIENCE_MS,
  });
});

afterAll(async () => {
  grpc.close();
  await running.stop();
});

const single = (body: string | Uint8Array) => callJson(running, 'IngestEvent', body);
const batch = (body: unknown) => callJson(running, 'IngestEvents', JSON.stringify(body));

describe('what is wrong is named by its path', () => {
  const wrong = [
    { event_name: 'Ok', properties: account },
    { properties: { ...account, n: 1e300 } },
    { event_name: 'No account', properties: {}, idempotency_key: 'a\u0000b' },
  ];
  const named = [
    'events[1].event_name',
    'events[1].properties.n',
    'events[2].idempotency_key',
    'events[2].properties.billingrails_account_id',
  ];

  test('over Connect JSON and gRPC alike, and nothing of the batch is stored', async () => {
    const { status, body } = await batch({ events: wrong });
    expect(status).toBe(400);
    expect(body.code).toBe('invalid_argument');
    expect(fieldsOf({ status, body })).toEqual(named);
    const events = wrong.map(({ event_name = '', properties, idempotency_key = '' }) => ({
      eventName: event_name,
      properties: properties as JsonObject,
      idempotencyKey: idempotency_key,
    }));
    const error = await errorOf(grpc.client.ingestEvents({ events }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(domainErrorOf(error)?.violations.map(({ field }) => field)).toEqual(named);
    const names = (await storedEvents(running.bus)).map(({ eventName }) => eventName);
    expect(names).not.toContain('Ok');
  });

  test.each([
    ['{"__proto__": {"billingrails_account_id": "acct_1"}}', 'properties.__proto__'],
    [
      '{"a": [{"__proto__": null}], "billingrails_account_id": "acct_1"}',
      'properties.a[0].__proto__',
    ],
    ['{"a\\u0000": 1, "billingrails_account_id": "acct_1"}', 'properties.a\\u0000'],
    ['{"a": "\\ud800", "billingrails_account_id": "acct_1"}', 'properties.a'],
    ['{"a": 1e400, "billingrails_account_id": "acct_1"}', 'properties.a'],
    ['{"a": 9007199254740993, "billingrails_account_id": "acct_1"}', 'properties.a'],
  ])('properties %s as raw JSON', async (properties, field) => {
    const answer = await single(`{"event_name": "Raw", "properties": ${properties}}`);
    expect(answer.status).toBe(400);
    expect(fieldsOf(answer)).toContain(field);
  });

  test.each<[string, JsonObject, string]>([
    ['__proto__', JSON.parse('{"__proto__": 1}') as JsonObject, 'properties.__proto__'],
    ['NaN', { n: Number.NaN }, 'properties.n'],
    ['Infinity', { n: [Number.POSITIVE_INFINITY] }, 'properties.n[0]'],
    ['-Infinity', { n: { m: Number.NEGATIVE_INFINITY } }, 'properties.n.m'],
  ])('%s in gRPC’s binary form', async (_what, wrongOnes, field) => {
    const properties = Object.defineProperties(
      { ...account },
      Object.getOwnPropertyDescriptors(wrongOnes),
    );
    const error = await errorOf(grpc.client.ingestEvent({ eventName: 'Binary', properties }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(domainErrorOf(error)?.violations.map((violation) => violation.field)).toEqual([field]);
  });

  test('nesting beyond what the runtime reads is the caller’s mistake too', async () => {
    const nested = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
    const answer = await single(`{"event_name": "Deep", "properties": ${nested}}`);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_argument']);
    let properties: JsonObject = { a: 1 };
    for (let level = 0; level < 90; level += 1) properties = { a: properties };
    const error = await errorOf(grpc.client.ingestEvent({ eventName: 'Deep', properties }));
    expect(error.code).toBe(Code.InvalidArgument);
  });

  const told = (answer: JsonAnswer) => detailOf(answer, 'BadRequest')['field_violations'];

  test.each<[string, string | Uint8Array, string | undefined, RegExp]>([
    [
      'text that is not UTF-8',
      Buffer.from(seed.replace('Abbey Road', '\xff'), 'latin1'),
      undefined,
      /is not UTF-8/,
    ],
    [
      'a field nobody knows',
      '{"event_name": "X", "propertys": {}}',
      'propertys',
      /did you mean "properties"/,
    ],
    ['no JSON', 'event_name=X', undefined, /is no JSON/],
    [
      'a time that is none',
      '{"event_name": "X", "timestamp": "yesterday"}',
      'timestamp',
      /must be a time of RFC 3339, such as/,
    ],
    [
      'a day that does not exist',
      seed.replace('2023-10-01', '2023-02-29'),
      'timestamp',
      /must be a time/,
    ],
    [
      'an hour that does not exist',
      seed.replace('T12:00:00Z', 'T24:00:00Z'),
      'timestamp',
      /must be a time/,
    ],
    [
      'a number that would be rounded',
      seed.replace('240', '4503599627370497.5'),
      'properties.duration',
      /would be read as 4503599627370498; send it as a string/,
    ],
    [
      'properties that are a list',
      '{"event_name": "X", "properties": []}',
      'properties',
      /must be an object, is a list/,
    ],
  ])('%s is refused, and it is said what and where', async (_what, body, field, says) => {
    const answer = await single(body);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_argument']);
    const description: unknown = expect.stringMatching(says);
    expect(told(answer)).toEqual([{ ...(field !== undefined && { field }), description }]);
  });

  test('in a batch, the index of the event is told, also of what cannot be read', async () => {
    const right = JSON.parse(seed) as JsonObject;
    const events = [
      right,
      { ...right, timestamp: '2023-04-31T00:00:00Z' },
      { ...right, propertes: 1 },
    ];
    const answer = await batch({ events });
    expect(fieldsOf(answer)).toEqual(['events[1].timestamp', 'events[2].propertes']);
    expect(answer.body.message).toMatch(/events\[1\]\.timestamp: must be a time .*, and 1 more\.$/);
  });
});

test('of a key that comes twice in an event the last one counts', async () => {
  const key = 'a key that comes twice';
  const answer = await single(
    `{"event_name": "First", "idempotency_key": "${key}", "event_name": "Last",
      "properties": {"n": 1, "billingrails_account_id": "acct_1", "o": {"m": 1, "m": 2}, "n": 2}}`,
  );
  expect(answer.status).toBe(200);
  const stored = (await storedEvents(running.bus)).find((each) => each.idempotencyKey === key);
  expect(stored?.eventName).toBe('Last');
  expect(stored?.properties).toEqual({ n: 2, billingrails_account_id: 'acct_1', o: { m: 2 } });
});

function fieldsOf(answer: JsonAnswer): string[] {
  const { field_violations } = detailOf(answer, 'BadRequest');
  return (field_violations as { field: string }[]).map(({ field }) => field);
}

async function errorOf(call: Promise<unknown>): Promise<ConnectError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
  throw new Error('the call succeeded');
}

test('events beyond a limit are refused whole, however they came, and the answer says which limit', async () => {
  const limited = await runIngest({ env: { ORGANISATION_EVENTS_PER_SECOND: '1' } });
  const event = (index: number) => ({
    ...{ event_name: 'Limited', properties: account, idempotency_key: `key ${index}` },
  });
  const events = Array.from({ length: 100 }, (_, index) => event(index));
  // What is larger than all that is left is taken whole, and owed.
  const first = await callJson(limited, 'IngestEvents', JSON.stringify({ events }));
  expect(first.status).toBe(200);
  const metadata = { limit: 'events', limit_of: 'organisation', limit_per_second: '1' };
  // The second is read by the runtime, for its key is not lean.
  for (const more of [event(101), { ...event(102), idempotency_key: 'Schlüssel' }]) {
    const refused = await callJson(limited, 'IngestEvent', JSON.stringify(more));
    expect(refused.status).toBe(429);
    expect(detailOf(refused, 'ErrorInfo')).toMatchObject({ reason: 'RATE_LIMITED', metadata });
    expect(detailOf(refused, 'RetryInfo')).toHaveProperty('retry_delay');
  }
  const keys = (await storedEvents(limited.bus)).map(({ idempotencyKey }) => idempotencyKey);
  expect(new Set(keys)).toEqual(new Set(events.map(({ idempotency_key }) => idempotency_key)));
  await limited.stop();
});
