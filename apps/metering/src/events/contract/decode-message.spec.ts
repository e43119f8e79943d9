import { encodeEventBatches, partitionOf } from '@billingrails/bus';
import { create } from '@bufbuild/protobuf';
import {
  EventEnvelopeSchema,
  type EventEnvelope,
} from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import { chunksOf } from './chunks';
import { decodeMessage } from './decode-message';

const ORGANISATION = 'org_01j9z3k4m5n6p7q8r9s0t1v2w3';
const place = { partition: partitionOf(ORGANISATION, 'acct_1'), partitionCount: 16 };

function message(...changes: Partial<EventEnvelope>[]) {
  const envelopes = changes.map((change, n) =>
    create(EventEnvelopeSchema, {
      organisationId: ORGANISATION,
      accountId: 'acct_1',
      eventName: 'Song played',
      idempotencyKey: `k${n}`,
      timestampMs: 5n,
      receiveTimeMs: 6n,
      properties: Buffer.from('{}'),
      ...change,
    }),
  );
  const [data = new Uint8Array()] = encodeEventBatches(envelopes);
  return { seq: 7, subject: `events.${place.partition}`, data, timeMs: 8 };
}

test('a message gives its events, each with its place', () => {
  const decoded = decodeMessage(place, message({}, { timestampAssigned: true }));
  expect(decoded).toMatchObject({
    events: [
      {
        event: { accountId: 'acct_1', key: 'k0', timestampMs: 5, receiveTimeMs: 6 },
        place: { partition: place.partition, seq: 7, index: 0 },
      },
      { event: { key: 'k1', timestampAssigned: true }, place: { seq: 7, index: 1 } },
    ],
  });
});

test.each<[string, Partial<EventEnvelope>, string]>([
  ['organisation', { organisationId: 'org_x' }, 'events[1].organisation_id'],
  ['account', { accountId: 'a/b' }, 'events[1].account_id'],
  ['name', { eventName: '' }, 'events[1].event_name'],
  ['key', { idempotencyKey: '' }, 'events[1].idempotency_key'],
  ['time', { timestampMs: 9_000_000_000_000_000n }, 'events[1].timestamp_ms'],
  ['time of receipt', { receiveTimeMs: -9_000_000_000_000_000n }, 'events[1].receive_time_ms'],
])('a message with an event without a valid %s is quarantined whole', (_what, change, problem) => {
  const decoded = decodeMessage(place, message({}, change));
  expect(decoded).toMatchObject({
    quarantined: { seq: 7, streamTimeMs: 8, problem: expect.stringContaining(problem) },
  });
});

test('a message with an event of another partition’s account is quarantined', () => {
  const other = { ...place, partition: (place.partition + 1) % 16 };
  const decoded = decodeMessage(other, message({}));
  expect(decoded).toMatchObject({
    quarantined: { problem: expect.stringContaining('another partition') },
  });
});

test('messages are cut into chunks by count and by bytes, each message whole and once', () => {
  const messages = Array.from({ length: 6 }, (_, n) => ({ ...message({}, {}), seq: n + 1 }));
  const byCount = [...chunksOf(place, messages, { eventCount: 4, byteCount: 1e9 })];
  expect(byCount.map(({ toSeq, events }) => [toSeq, events.length])).toEqual([
    [2, 4],
    [4, 4],
    [6, 4],
  ]);
  const byBytes = [...chunksOf(place, messages, { eventCount: 1e9, byteCount: 1 })];
  expect(byBytes.map(({ toSeq }) => toSeq)).toEqual([1, 2, 3, 4, 5, 6]);
  const all = [...chunksOf(place, messages, { eventCount: 1e9, byteCount: 1e9 })];
  expect(all.map(({ toSeq }) => toSeq)).toEqual([6]);
});
