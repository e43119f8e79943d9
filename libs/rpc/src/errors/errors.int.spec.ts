import { Metadata } from '@grpc/grpc-js';
import { createClient, Code, ConnectError, type Transport } from '@connectrpc/connect';
import { createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import {
  DomainError,
  helpUrl,
  invalid,
  notFound,
  precondition,
  type ErrorKind,
} from '@billingrails/errors';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import {
  BadRequestSchema,
  ErrorInfoSchema,
} from '@billingrails/contracts/google/rpc/error_details_pb';
import { call, outsideClient } from '../testing/outside-client';
import {
  DOCUMENTED_EVENT,
  startTestServer,
  TEST_KEY,
  type TestServer,
} from '../testing/test-server';

class StoreError extends Error {}

let server: TestServer;
let failure: unknown;

beforeAll(async () => {
  server = await startTestServer({
    events: {
      ingestEvent: () => {
        throw failure;
      },
    },
    usage: {
      queryUsage: () => {
        throw failure;
      },
      watchUsage: () => {
        throw failure;
      },
    },
    toDomainError: (error) =>
      error instanceof StoreError
        ? new DomainError('unavailable', 'DATABASE_UNAVAILABLE', 'Try again.', [], {
            retryAfterMs: 1_500,
            cause: error,
          })
        : undefined,
  });
});
afterAll(() => server.close());

interface Detail {
  readonly type: string;
  readonly debug: Record<string, unknown>;
}

async function failWith(error: unknown) {
  failure = error;
  const response = await server.post('EventService/IngestEvent', DOCUMENTED_EVENT);
  const body = (await response.json()) as { code: string; message: string; details: Detail[] };
  return { status: response.status, ...body };
}

const helpFor = (reason: string) => ({
  type: 'google.rpc.Help',
  debug: { links: [{ description: expect.stringContaining(reason), url: helpUrl(reason) }] },
});

function lastLine(): Record<string, unknown> {
  return JSON.parse(server.lines.at(-1) ?? '{}');
}

const kinds: [ErrorKind, string, number][] = [
  ['invalid', 'invalid_argument', 400],
  ['not_found', 'not_found', 404],
  ['conflict', 'already_exists', 409],
  ['precondition', 'failed_precondition', 400],
  ['stale', 'aborted', 409],
  ['exhausted', 'resource_exhausted', 429],
  ['unavailable', 'unavailable', 503],
  ['unauthenticated', 'unauthenticated', 401],
  ['forbidden', 'permission_denied', 403],
];

test.each(kinds)('an error of kind %s leaves as %s with its reason', async (kind, code, status) => {
  expect(await failWith(new DomainError(kind, 'EVENTS_INVALID', 'What to do.'))).toMatchObject({
    status,
    code,
    message: 'What to do.',
    details: [
      {
        type: 'google.rpc.ErrorInfo',
        debug: { reason: 'EVENTS_INVALID', domain: 'billingrails' },
      },
      helpFor('EVENTS_INVALID'),
    ],
  });
});

test('violations and the time to wait are readable in JSON', async () => {
  const violations = [{ field: 'events[3].properties.duration', description: 'must be a number' }];
  const error = new DomainError('exhausted', 'STREAM_FULL', 'Full.', violations, {
    retryAfterMs: 2_500,
  });
  const { details } = await failWith(error);
  expect(details.map(({ type, debug }) => ({ type, debug }))).toEqual([
    { type: 'google.rpc.ErrorInfo', debug: { reason: 'STREAM_FULL', domain: 'billingrails' } },
    { type: 'google.rpc.BadRequest', debug: { field_violations: violations } },
    { type: 'google.rpc.RetryInfo', debug: { retry_delay: '2.500s' } },
    helpFor('STREAM_FULL'),
  ]);
});

const transports: [string, () => Transport][] = [
  ['gRPC', () => createGrpcTransport({ baseUrl: server.address })],
  ['gRPC-Web', () => createGrpcWebTransport({ baseUrl: server.address, httpVersion: '1.1' })],
];

async function failOver(transport: Transport): Promise<ConnectError> {
  const headers = { authorization: `Bearer ${TEST_KEY}` };
  const failed = createClient(EventService, transport).ingestEvent({}, { headers });
  return ConnectError.from(await failed.then(() => undefined).catch((error: unknown) => error));
}

test.each(transports)('violations are readable over %s', async (_name, make) => {
  const violations = [{ field: 'meter_id', description: 'must be known – “öäü”' }];
  failure = invalid('EVENTS_INVALID', 'Was “falsch” ist.', violations);
  const error = await failOver(make());
  expect(error.code).toBe(Code.InvalidArgument);
  expect(error.rawMessage).toBe('Was “falsch” ist: meter_id: must be known – “öäü”.');
  expect(error.findDetails(ErrorInfoSchema)[0]).toMatchObject({ reason: 'EVENTS_INVALID' });
  expect(error.findDetails(BadRequestSchema)[0]?.fieldViolations).toMatchObject(violations);
});

test('a message reads the same to clients that take back only what gRPC lets be escaped', async () => {
  failure = invalid('EVENTS_INVALID', 'a: b, c; 100 % / d?', [
    { field: 'events[0].name', description: 'must be “ä”, or 😀' },
  ]);
  const client = outsideClient(
    'billingrails/ingest/v1/event_service.proto',
    'billingrails.ingest.v1.EventService',
    server.port,
  );
  const { error } = await call(client, 'IngestEvent', {}, { key: TEST_KEY });
  client.close();
  expect(error?.details).toBe('a: b, c; 100 % / d?: events[0].name: must be “ä”, or 😀.');
});

test('more violations than trailers can hold are counted, not lost silently', async () => {
  const violations = Array.from({ length: 1_000 }, (_, index) => ({
    field: `events[${index}].properties.billingrails_account_id`,
    description: 'must be 1-128 characters of letters, digits, ".", "_", ":", "@" and "-"',
  }));
  failure = invalid('EVENTS_INVALID', 'x'.repeat(10_000), violations);
  const client = outsideClient(
    'billingrails/ingest/v1/event_service.proto',
    'billingrails.ingest.v1.EventService',
    server.port,
  );
  const { error } = await call(client, 'IngestEvent', {}, { key: TEST_KEY });
  client.close();
  expect(error?.code).toBe(3);
  const status = error?.metadata.get('grpc-status-details-bin')[0] as Buffer;
  expect(status.toString('base64').length + 1_000).toBeLessThan(8_192);

  const told = await failOver(createGrpcTransport({ baseUrl: server.address }));
  const shown = told.findDetails(BadRequestSchema)[0]?.fieldViolations.length ?? 0;
  const omitted = told.findDetails(ErrorInfoSchema)[0]?.metadata['violations_omitted'];
  expect(shown).toBeGreaterThan(10);
  expect(shown + Number(omitted)).toBe(violations.length);

  const { details } = await failWith(failure);
  expect(details[1]?.debug['field_violations']).toHaveLength(violations.length);
});

test.each<[string, unknown]>([
  ['an error', new Error('mongodb://root:hunter2@db is down', { cause: new Error('the cause') })],
  ['what is no error', 'hunter2'],
  ['an internal error of the runtime', new ConnectError('hunter2', Code.Internal)],
])('%s leaves as "internal error" and is told to the log alone', async (_what, thrown) => {
  const answer = await failWith(thrown);
  expect(answer).toMatchObject({ status: 500, code: 'internal', message: 'internal error' });
  expect(JSON.stringify(answer)).not.toContain('hunter2');
  const line = lastLine();
  expect(line).toMatchObject({ level: 'error', code: 'INTERNAL' });
  expect(line['err']).toBeDefined();
});

test('an error of infrastructure leaves as what toDomainError makes of it', async () => {
  const answer = await failWith(new StoreError('connection lost'));
  expect(answer).toMatchObject({ status: 503, code: 'unavailable', message: 'Try again.' });
  expect(lastLine()).toMatchObject({
    level: 'warn',
    code: 'UNAVAILABLE',
    err: { cause: { message: 'connection lost' } },
  });
});

const malformed: [string, string, string | undefined, RegExp][] = [
  ['text that is no JSON', '{"event', undefined, /is no JSON/],
  ['an unknown field', '{"evnt_name":"x"}', 'evnt_name', /did you mean "event_name"\?/],
  ['a wrong type', '{"event_name":5}', 'event_name', /must be a text, is the number 5/],
  ['a bad timestamp', '{"timestamp":"yesterday"}', 'timestamp', /such as "2026-01-31T12:00:00Z"/],
];

test.each(malformed)(
  '%s is refused as INVALID_ARGUMENT that says where',
  async (_what, body, field, says) => {
    const response = await server.post('EventService/IngestEvent', body);
    expect(response.status).toBe(400);
    const description: unknown = expect.stringMatching(says);
    expect(await response.json()).toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(says),
      details: [
        { debug: { reason: 'REQUEST_MALFORMED' } },
        { debug: { field_violations: [{ ...(field && { field }), description }] } },
        helpFor('REQUEST_MALFORMED'),
      ],
    });
    expect(lastLine()).toMatchObject({ method: 'IngestEvent', code: 'INVALID_ARGUMENT' });
  },
);

/** A message that says it has a string of 127 bytes and ends there. */
const broken = Buffer.from([0x0a, 0x7f]);
const framed = Buffer.concat([Buffer.from([0, 0, 0, 0, broken.length]), broken]);

test.each([
  ['application/proto', broken],
  ['application/grpc-web+proto', framed],
])('broken bytes of %s are INVALID_ARGUMENT', async (contentType, body) => {
  const url = `${server.address}/billingrails.ingest.v1.EventService/IngestEvent`;
  const headers = { 'content-type': contentType, authorization: `Bearer ${TEST_KEY}` };
  const response = await fetch(url, { method: 'POST', headers, body });
  const text = await response.text();
  expect(text).toMatch(/"code":"invalid_argument"|grpc-status: 3/);
  expect(text).toMatch(/The.*request.*cannot.*be.*read/);
  expect(lastLine()).toMatchObject({ method: 'IngestEvent', code: 'INVALID_ARGUMENT' });
});

test('broken bytes of gRPC are INVALID_ARGUMENT', async () => {
  const client = outsideClient(
    'billingrails/ingest/v1/event_service.proto',
    'billingrails.ingest.v1.EventService',
    server.port,
  );
  const withKey = new Metadata();
  withKey.set('authorization', `Bearer ${TEST_KEY}`);
  const error = await new Promise<unknown>((resolve) => {
    client.makeUnaryRequest(
      '/billingrails.ingest.v1.EventService/IngestEvent',
      () => broken,
      () => undefined,
      {},
      withKey,
      resolve,
    );
  });
  client.close();
  expect(error).toMatchObject({ code: 3, details: expect.stringContaining('cannot be read') });
  expect(lastLine()).toMatchObject({ method: 'IngestEvent', code: 'INVALID_ARGUMENT' });
});

test('every rule of the contract that a request breaks is named by its field', async () => {
  const response = await server.post('UsageService/QueryUsage', {
    account_ids: ['a', ''],
    page_size: -1,
  });
  const { code, details } = (await response.json()) as { code: string; details: Detail[] };
  expect(code).toBe('invalid_argument');
  expect(details[0]?.debug).toMatchObject({ reason: 'REQUEST_INVALID' });
  const violations = details[1]?.debug['field_violations'] as { field: string }[];
  expect(violations.map(({ field }) => field)).toEqual([
    'meter_id',
    'account_ids[1]',
    'start_time',
    'end_time',
    'page_size',
  ]);
});

const wrongKey = 'The API key is not valid, or not for this organisation.';
const noBearer = 'The Authorization header does not begin with "Bearer".';

test.each<[string, Record<string, string>, string]>([
  ['no header', {}, 'There is no Authorization header.'],
  ['an empty header', { authorization: '' }, 'There is no Authorization header.'],
  ['a key alone', { authorization: TEST_KEY }, noBearer],
  ['another scheme', { authorization: `Basic ${TEST_KEY}` }, noBearer],
  ['no key', { authorization: 'Bearer' }, 'After "Bearer" there must be one API key.'],
  [
    'two keys',
    { authorization: 'Bearer br_one br_two' },
    'After "Bearer" there must be one API key.',
  ],
  ['a wrong key', { authorization: 'Bearer br_wrong' }, wrongKey],
  ['something else', { authorization: 'Bearer x' }, wrongKey],
])(
  '%s is refused with what is wrong, and never with what is in it',
  async (_what, headers, told) => {
    const url = `${server.address}/billingrails.ingest.v1.EventService/IngestEvent`;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{}',
    });
    expect(response.status).toBe(401);
    const reason = told === wrongKey ? 'API_KEY_INVALID' : 'API_KEY_MISSING';
    expect(await response.json()).toMatchObject({
      code: 'unauthenticated',
      message: `${told} Send a valid API key as "Authorization: Bearer br_…".`,
      details: [{ debug: { reason } }, helpFor(reason)],
    });
  },
);

test.each<[string, ErrorKind, DomainError]>([
  ['not found', 'not_found', notFound('METER_NOT_FOUND', 'There is no meter of that id.')],
  [
    'not resolved',
    'precondition',
    precondition('SUBSCRIPTION_UNRESOLVED', 'Something does not exist.', [
      { field: 'meter_id', description: 'names no meter' },
    ]),
  ],
])('the id of another kind of thing that was %s is told as such', async (_what, _kind, error) => {
  failure = error;
  const plan = 'plan_00000000000000000000000000';
  const response = await server.post('UsageService/QueryUsage', {
    meter_id: plan,
    start_time: '2024-01-01T00:00:00Z',
    end_time: '2024-02-01T00:00:00Z',
  });
  const { message, details } = (await response.json()) as { message: string; details: Detail[] };
  const description = 'expects "mtr_…", the id of a meter, is the id of a plan';
  expect(details[1]?.debug).toEqual({ field_violations: [{ field: 'meter_id', description }] });
  expect(message).toContain(`: meter_id: ${description}.`);
});

test('the same holds for methods that stream, and for ids inside of messages', async () => {
  failure = notFound('METER_NOT_FOUND', 'There is no meter of that id.');
  const client = createClient(UsageService, createGrpcTransport({ baseUrl: server.address }));
  const query = {
    meterId: 'Calls',
    startTime: timestampFromMs(0),
    endTime: timestampFromMs(1),
  };
  const headers = { authorization: `Bearer ${TEST_KEY}` };
  const reading = (async () => {
    for await (const _ of client.watchUsage({ query }, { headers })) break;
  })();
  const told = ConnectError.from(await reading.catch((error: unknown) => error));
  expect(told.findDetails(BadRequestSchema)[0]?.fieldViolations).toMatchObject([
    {
      field: 'query.meter_id',
      description: 'expects "mtr_…", the id of a meter, not its name or code',
    },
  ]);
});

test('a method that does not exist is UNIMPLEMENTED in JSON and in gRPC', async () => {
  const response = await server.post('EventService/Nothing', {});
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ code: 'unimplemented' });
  const client = outsideClient(
    'billingrails/billing/v1/plan_service.proto',
    'billingrails.billing.v1.PlanService',
    server.port,
  );
  const { error } = await call(client, 'GetPlan', { plan_id: 'plan_1' }, { key: TEST_KEY });
  client.close();
  expect(error).toMatchObject({
    code: 12,
    details: 'There is no such method. PlanService is served by billing, not here.',
  });
});

test('a method of a served service that nobody wrote is UNIMPLEMENTED', async () => {
  const response = await server.post('EventService/IngestEvents', {});
  expect(await response.json()).toMatchObject({ code: 'unimplemented' });
});

test('an answer in another content type says which ones there are', async () => {
  const response = await server.post('EventService/IngestEvent', '{}', {
    'content-type': 'text/plain',
  });
  expect(response.status).toBe(415);
  expect(await response.text()).toContain('application/json');
});
