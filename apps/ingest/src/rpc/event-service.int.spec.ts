import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { JsonObject } from '@bufbuild/protobuf';
import { decodeConsistencyToken, openBucket, partitionOf } from '@billingrails/bus';
import { IngestStatus } from '@billingrails/contracts/billingrails/ingest/v1/event_pb';
import {
  EventService,
  IngestEventRequestSchema,
  IngestEventResponseSchema,
} from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { createRpcClient, type RpcClient } from '@billingrails/rpc';
import { PATIENCE_MS, waitFor } from '@billingrails/testing';
import { callJson } from '../testing/calls';
import { IngestProcess } from '../testing/ingest-process';
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

const single = (body: string) => callJson(running, 'IngestEvent', body);
const batch = (body: unknown) => callJson(running, 'IngestEvents', JSON.stringify(body));
const storedWith = async (idempotencyKey: string) =>
  (await storedEvents(running.bus)).filter((event) => event.idempotencyKey === idempotencyKey);

describe('the seed’s event', () => {
  const answered = {
    idempotency_key: 'unique_event_id_12345',
    timestamp: '2023-10-01T12:00:00Z',
    status: 'INGEST_STATUS_QUEUED',
  };

  test('is taken as it stands, as JSON over HTTP/1.1, and lies in the stream as it was sent', async () => {
    const { status, body } = await single(seed);
    expect(status).toBe(200);
    expect(body).toEqual({ event: answered, consistency_token: expect.any(String) });
    const partition = partitionOf(running.organisationId, 'acct_67890');
    const [stored] = await storedWith('unique_event_id_12345');
    expect(stored).toMatchObject({
      partition,
      organisationId: running.organisationId,
      accountId: 'acct_67890',
      eventName: 'Song played',
      timestampMs: Date.parse('2023-10-01T12:00:00Z'),
      timestampAssigned: false,
      properties: (JSON.parse(seed) as { properties: unknown }).properties,
    });
    expect(Math.abs((stored?.receiveTimeMs ?? 0) - Date.now())).toBeLessThan(60_000);
    const token = decodeConsistencyToken(String(body['consistency_token']));
    expect([...token]).toEqual([[partition, stored?.seq]]);
  });

  test('gets the same answer over gRPC and gRPC-Web', async () => {
    const { event_name, idempotency_key, properties } = JSON.parse(seed) as {
      event_name: string;
      idempotency_key: string;
      properties: JsonObject;
    };
    const request = create(IngestEventRequestSchema, {
      eventName: event_name,
      idempotencyKey: idempotency_key,
      properties,
      timestamp: { seconds: 1_696_161_600n },
    });
    const expected = {
      idempotencyKey: 'unique_event_id_12345',
      timestamp: { seconds: 1_696_161_600n, nanos: 0 },
      status: IngestStatus.QUEUED,
    };
    expect((await grpc.client.ingestEvent(request)).event).toMatchObject(expected);
    const frame = await grpcWebCall(toBinary(IngestEventRequestSchema, request));
    expect(fromBinary(IngestEventResponseSchema, frame).event).toMatchObject(expected);
    const copies = await storedWith('unique_event_id_12345');
    const [first] = copies;
    expect(copies).toHaveLength(3);
    for (const copy of copies) expect(copy.properties).toEqual(first?.properties);
  });

  /** By hand, as another language's runtime would: one frame there, one frame and trailers back. */
  async function grpcWebCall(message: Uint8Array): Promise<Uint8Array> {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.byteLength, 1);
    const url = `${running.process.address}/billingrails.ingest.v1.EventService/IngestEvent`;
    const headers = {
      'Content-Type': 'application/grpc-web+proto',
      Authorization: `Bearer ${running.key}`,
    };
    const body = Buffer.concat([head, message]);
    const response = await fetch(url, { method: 'POST', headers, body });
    const bytes = Buffer.from(await response.arrayBuffer());
    const end = 5 + bytes.readUInt32BE(1);
    expect(bytes.subarray(end).toString()).toContain('grpc-status: 0');
    return bytes.subarray(5, end);
  }
});

test('a batch answers each event in order, and its token names exactly where its events lie', async () => {
  const events = Array.from({ length: 20 }, (_, index) => ({
    event_name: 'Call made',
    idempotency_key: `batch_${index}`,
    properties: { billingrails_account_id: `acct_${index}`, seconds: index },
    timestamp: '2024-02-29T23:59:59.9999Z',
  }));
  const { status, body } = await batch({ events: [...events, events[0]] });
  expect(status).toBe(200);
  expect(body['events']).toEqual([
    ...events.map(({ idempotency_key }) => ({
      idempotency_key,
      timestamp: '2024-02-29T23:59:59.999Z',
      status: 'INGEST_STATUS_QUEUED',
    })),
    {
      idempotency_key: 'batch_0',
      timestamp: '2024-02-29T23:59:59.999Z',
      status: 'INGEST_STATUS_DUPLICATE',
    },
  ]);
  const stored = (await storedEvents(running.bus)).filter(
    ({ eventName }) => eventName === 'Call made',
  );
  expect(stored).toHaveLength(20);
  const token = decodeConsistencyToken(String(body['consistency_token']));
  expect(token).toEqual(new Map(stored.map(({ partition, seq }) => [partition, seq])));
});

test('a missing key and time are made and told', async () => {
  const beforeMs = Date.now();
  const { body } = await single(JSON.stringify({ event_name: 'Bare', properties: account }));
  const event = body['event'] as { idempotency_key: string; timestamp: string };
  expect(event.idempotency_key).toMatch(/^evt_[0-9a-z]{26}$/);
  const [stored] = await storedWith(event.idempotency_key);
  expect(stored?.timestampMs).toBe(Date.parse(event.timestamp));
  expect(stored?.timestampMs).toBe(stored?.receiveTimeMs);
  expect(stored?.timestampAssigned).toBe(true);
  expect(stored?.timestampMs).toBeGreaterThanOrEqual(beforeMs);
});

test('the account is where the event name’s mapping says, as soon as the mapping is known', async () => {
  const mappings = await openBucket(running.bus, 'event_definitions');
  const mapping = {
    organisation_id: running.organisationId,
    event_name: 'Seat used',
    account_property: 'user.team\\.id',
    numbers: [],
  };
  const event = (idempotency_key: string) =>
    JSON.stringify({
      event_name: 'Seat used',
      idempotency_key,
      properties: { user: { 'team.id': 'team_1' } },
    });
  expect((await single(event('before'))).status).toBe(400);
  await mappings.put('some-key', Buffer.from('not JSON'));
  await mappings.put('some-key', Buffer.from(JSON.stringify(mapping)));
  await waitFor(async () => (await single(event('mapped'))).status === 200, {
    what: 'the mapping to arrive',
  });
  expect((await storedWith('mapped'))[0]?.accountId).toBe('team_1');
  await mappings.delete('some-key');
  await waitFor(async () => (await single(event('after'))).status === 400, {
    what: 'the mapping to go',
  });
});

test('a value that is no number is refused by its path, once a meter that needs one is known', async () => {
  const definitions = await openBucket(running.bus, 'event_definitions');
  const definition = {
    organisation_id: running.organisationId,
    event_name: 'Call ended',
    account_property: 'billingrails_account_id',
    numbers: [
      {
        ...{ property: 'seconds', meter: 'Calls', profile: 'seconds', method: 'sum' },
        filter: { all: [{ property: ['kind'], operator: 'eq', values: ['local'] }] },
        from_ms: Date.UTC(2024, 0, 1),
      },
    ],
  };
  const call = (kind: string, seconds: unknown, timestamp = '2024-06-01T00:00:00Z') => ({
    ...{ event_name: 'Call ended', timestamp },
    properties: { billingrails_account_id: 'acct_1', kind, seconds },
  });
  const fine = [
    ...[call('local', 5), call('local', '5'), call('local', null), call('abroad', 'five')],
    call('local', 'five', '2023-06-01T00:00:00Z'),
  ];
  const wrong = [call('local', 5), call('local', 'five')];
  const send = (events: object[]) => batch({ events });
  expect((await send(wrong)).status).toBe(200);
  await definitions.put('calls', Buffer.from(JSON.stringify(definition)));
  await waitFor(async () => (await send(wrong)).status === 400, { what: 'the definition' });
  const { body } = await send(wrong);
  expect(JSON.stringify(body)).toContain('events[1].properties.seconds');
  expect((await send(fine)).status).toBe(200);
});

test('a mapping that is there at the start is known before the first call', async () => {
  const mappings = await openBucket(running.bus, 'event_definitions');
  const mapping = {
    organisation_id: running.organisationId,
    event_name: 'Early',
    account_property: 'who',
    numbers: [],
  };
  await mappings.put('early', Buffer.from(JSON.stringify(mapping)));
  const second = await IngestProcess.serving(running.servers);
  const { status } = await callJson(
    { process: second, key: running.key },
    'IngestEvent',
    '{"event_name": "Early", "properties": {"who": "acct_1"}}',
  );
  expect(status).toBe(200);
  await second.stop();
});

test('without a valid key nothing is taken', async () => {
  for (const key of ['', 'br_wrong', `${running.key}x`]) {
    const { status } = await callJson({ ...running, key }, 'IngestEvent', seed);
    expect(status).toBe(401);
  }
});

test('requests that come at once share commits', async () => {
  const concurrent = 256;
  const stored = async () => (await running.bus.manager.streams.info('EVENTS')).state.messages;
  const before = await stored();
  // All of one account, so that each commit is one message.
  const calls = Array.from({ length: concurrent }, (_, index) =>
    grpc.client.ingestEvent({
      eventName: 'At once',
      idempotencyKey: `at_once_${index}`,
      properties: account,
    }),
  );
  await Promise.all(calls);
  const commits = (await stored()) - before;
  expect(commits).toBeLessThan(concurrent / 4);
  const events = (await storedEvents(running.bus)).filter(
    ({ eventName }) => eventName === 'At once',
  );
  expect(new Set(events.map((event) => event.idempotencyKey)).size).toBe(concurrent);
});
