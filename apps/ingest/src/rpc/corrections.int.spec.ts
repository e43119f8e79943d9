import { fromBinary } from '@bufbuild/protobuf';
import { decodeConsistencyToken, partitionOf } from '@billingrails/bus';
import type { EventCorrection } from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import { AuditOutcome } from '@billingrails/contracts/billingrails/access/v1/audit_pb';
import { AuditRecordedSchema } from '@billingrails/contracts/billingrails/bus/v1/audit_recorded_pb';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { createKey } from '@billingrails/access';
import { createIdSource } from '@billingrails/ids';
import { createRpcClient, type RpcClient } from '@billingrails/rpc';
import { PATIENCE_MS, streamMessages, waitFor } from '@billingrails/testing';
import { callJson, detailOf } from '../testing/calls';
import { runIngest, type RunningIngest } from '../testing/running-ingest';
import { seed } from '../testing/seed';
import { storedMessages } from '../testing/stored-events';

const accountId = 'acct_67890';
const amended = JSON.parse(seed.replace('240', '200')) as Record<string, unknown>;

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

const call = (method: 'VoidEvents' | 'AmendEvent', body: unknown, key = running.key) =>
  callJson({ process: running.process, key }, method, JSON.stringify(body));

/** The corrections in the stream that came after `seq`, in its order. */
async function corrections(since = 0): Promise<(EventCorrection & { seq: number })[]> {
  const messages = (await storedMessages(running.bus)).filter(({ seq }) => seq > since);
  return messages.flatMap(({ seq, list }) => list.corrections.map((each) => ({ ...each, seq })));
}

async function lastSeq(): Promise<number> {
  return (await running.bus.manager.streams.info('EVENTS')).state.last_seq;
}

test('voids lie in the account’s partition, in order, where their token says', async () => {
  const before = await lastSeq();
  const keys = ['void_2', 'void_1'];
  const request = { account_id: accountId, idempotency_keys: keys, reason: 'Sent by mistake' };
  const { status, body } = await call('VoidEvents', request);
  expect(status).toBe(200);
  const stored = await corrections(before);
  expect(stored).toMatchObject(
    keys.map((idempotencyKey) => ({
      organisationId: running.organisationId,
      accountId,
      idempotencyKey,
      correctionId: expect.stringMatching(/^cor_[0-9a-z]{26}$/),
      reason: 'Sent by mistake',
    })),
  );
  expect(stored.filter(({ amended: content }) => content !== undefined)).toEqual([]);
  expect(Math.abs(Number(stored[0]?.receiveTimeMs) - Date.now())).toBeLessThan(60_000);
  const token = decodeConsistencyToken(String(body['consistency_token']));
  const partition = partitionOf(running.organisationId, accountId);
  expect([...token]).toEqual([[partition, stored[0]?.seq]]);
});

test('an amendment carries the whole new content, and is answered like an event', async () => {
  const before = await lastSeq();
  const request = { account_id: accountId, event: amended, reason: 'Was 200 s' };
  const { status, body } = await call('AmendEvent', request);
  expect({ status, body }).toEqual({
    status: 200,
    body: {
      event: {
        idempotency_key: 'unique_event_id_12345',
        timestamp: '2023-10-01T12:00:00Z',
        status: 'INGEST_STATUS_QUEUED',
      },
      consistency_token: expect.any(String),
    },
  });
  const [stored] = await corrections(before);
  expect(stored).toMatchObject({
    accountId,
    idempotencyKey: 'unique_event_id_12345',
    reason: 'Was 200 s',
    amended: {
      organisationId: running.organisationId,
      accountId,
      eventName: 'Song played',
      idempotencyKey: 'unique_event_id_12345',
      timestampMs: BigInt(Date.parse('2023-10-01T12:00:00Z')),
      timestampAssigned: false,
      receiveTimeMs: stored?.receiveTimeMs,
    },
  });
  const properties = Buffer.from(stored?.amended?.properties ?? []).toString();
  expect(JSON.parse(properties)).toEqual(amended['properties']);
});

test('the same request again is the same correction, and another organisation’s is not', async () => {
  const before = await lastSeq();
  const organisationId = createIdSource(Date.now, Math.random).next('org');
  const given = { kind: 'organisation', organisationId, name: 'other' } as const;
  const { secret } = await createKey(running.bus, given);
  const request = { account_id: accountId, idempotency_keys: ['again'], request_id: 'r1' };
  await call('VoidEvents', request);
  await call('VoidEvents', request);
  await waitFor(async () => (await call('VoidEvents', request, secret)).status === 200, {
    what: 'the other organisation’s key to be known',
  });
  const stored = await corrections(before);
  const owners = stored.map((each) => each.organisationId);
  const own = stored.filter((each) => each.organisationId === running.organisationId);
  const others = stored.filter((each) => each.organisationId === organisationId);
  expect(owners).toHaveLength(3);
  expect([own.length, others.length]).toEqual([2, 1]);
  expect(own[0]?.correctionId).toBe(own[1]?.correctionId);
  expect(others[0]?.correctionId).not.toBe(own[0]?.correctionId);
});

test('a call that corrects is told to the audit log, once for its request_id, and one that is refused is not', async () => {
  const keys = ['told_1', 'told_2'];
  const request = { account_id: accountId, idempotency_keys: keys, request_id: 'told' };
  expect((await call('VoidEvents', request)).status).toBe(200);
  expect((await call('VoidEvents', request)).status).toBe(200);
  const refused = await call('VoidEvents', { ...request, idempotency_keys: [] });
  expect(refused.status).toBe(400);
  const messages = await streamMessages(running.bus.manager, 'AUDIT');
  const told = messages
    .map(({ data }) => fromBinary(AuditRecordedSchema, data).record)
    .filter((record) => record?.requestId === 'told');
  expect(new Set(told.map((record) => record?.id)).size).toBe(1);
  expect(told[0]).toMatchObject({
    ...{ organisationId: running.organisationId, outcome: AuditOutcome.DONE },
    ...{ method: 'billingrails.ingest.v1.EventService/VoidEvents', objectId: accountId },
    actor: { keyId: expect.stringMatching(/^key_/), address: expect.stringContaining('127.0.0.1') },
  });
  expect(JSON.parse(told[0]?.requestJson ?? '')).toEqual(request);
});

test('many at once share commits, with events and with each other', async () => {
  const before = await lastSeq();
  const count = 128;
  const event = { eventName: 'At once', properties: { billingrails_account_id: accountId } };
  const calls = Array.from({ length: count }, (_, index) => [
    grpc.client.ingestEvent({ ...event, idempotencyKey: `at_once_${index}` }),
    grpc.client.voidEvents({ accountId, idempotencyKeys: [`at_once_${index}`] }),
  ]);
  await Promise.all(calls.flat());
  const stored = await corrections(before);
  expect(new Set(stored.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(count);
  expect((await lastSeq()) - before).toBeLessThan(count);
});

test.each([
  ['VoidEvents', { idempotency_keys: [] }, ['account_id', 'idempotency_keys']],
  ['VoidEvents', { account_id: 'a', idempotency_keys: ['k', 'k'] }, ['idempotency_keys']],
  [
    'VoidEvents',
    { account_id: 'a b', idempotency_keys: ['k', 'a\nb'] },
    ['account_id', 'idempotency_keys[1]'],
  ],
  ['VoidEvents', { account_id: 'a', idempotency_keys: ['k'], reason: 'x'.repeat(513) }, ['reason']],
  ['AmendEvent', { account_id: 'a' }, ['event']],
  ['AmendEvent', { account_id: 'a', event: amended }, ['event.properties.billingrails_account_id']],
  [
    'AmendEvent',
    { account_id: accountId, event: { ...amended, event_name: '', timestamp: undefined } },
    ['event.timestamp', 'event.event_name'],
  ],
] as const)(
  '%s of %j is refused by field path, and nothing is stored',
  async (method, request, fields) => {
    const before = await lastSeq();
    const answer = await call(method, request);
    expect(answer.status).toBe(400);
    const { field_violations } = detailOf(answer, 'BadRequest') as {
      field_violations: { field: string }[];
    };
    expect(field_violations.map(({ field }) => field)).toEqual(fields);
    expect(await lastSeq()).toBe(before);
  },
);

test('without a valid key nothing is corrected', async () => {
  const before = await lastSeq();
  const request = { account_id: accountId, idempotency_keys: ['k'] };
  expect((await call('VoidEvents', request, 'br_wrong')).status).toBe(401);
  expect((await call('AmendEvent', { account_id: accountId, event: amended }, '')).status).toBe(
    401,
  );
  expect(await lastSeq()).toBe(before);
});
