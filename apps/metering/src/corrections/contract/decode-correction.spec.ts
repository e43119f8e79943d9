import { encodeCorrections, encodeEventBatches, partitionOf } from '@billingrails/bus';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  EventCorrectionSchema,
  EventEnvelopeSchema,
} from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import { chunksOf } from '../../events/contract/chunks';
import { decodeMessage } from '../../events/contract/decode-message';

const organisationId = 'org_01j9z3k4m5n6p7q8r9s0t1v2w3';
const owner = { organisationId, accountId: 'acct_1', idempotencyKey: 'k' };
const content = { ...owner, eventName: 'Song played', timestampMs: 5n, receiveTimeMs: 6n };
const lane = { partition: partitionOf(organisationId, 'acct_1'), partitionCount: 16 };

type Init = MessageInitShape<typeof EventCorrectionSchema>;

function message(change: Init, seq = 7) {
  const base: Init = { ...owner, correctionId: 'cor_1', receiveTimeMs: 6n, amended: content };
  const [data = new Uint8Array()] = encodeCorrections([
    create(EventCorrectionSchema, base),
    create(EventCorrectionSchema, { ...base, ...change } as Init),
  ]);
  return { seq, data, subject: '', timeMs: 8 };
}

test('a message gives its corrections, each with its place', () => {
  const place = { partition: lane.partition, seq: 7 };
  expect(decodeMessage(lane, message({ correctionId: 'cor_2', reason: 'why' }))).toMatchObject({
    corrections: [
      {
        id: 'cor_1',
        key: 'k',
        place: { ...place, index: 0 },
        amended: { eventName: 'Song played' },
      },
      { id: 'cor_2', reason: 'why', receiveTimeMs: 6, place: { ...place, index: 1 } },
    ],
  });
});

test.each<[string, Init, string]>([
  ['organisation', { organisationId: 'org_x' }, 'organisation_id'],
  ['account', { accountId: 'a/b' }, 'account_id'],
  ['key', { idempotencyKey: '' }, 'idempotency_key'],
  ['id', { correctionId: '' }, 'correction_id'],
  ['time of receipt', { receiveTimeMs: 9_000_000_000_000_000n }, 'receive_time_ms'],
  ['content', { amended: { ...content, eventName: '' } }, 'amended.event_name'],
  [
    'content of its key',
    { amended: { ...content, idempotencyKey: 'l' } },
    'amended.idempotency_key',
  ],
])(
  'a message with a correction without a valid %s is quarantined whole',
  (_what, change, field) => {
    expect(decodeMessage(lane, message(change))).toMatchObject({
      quarantined: { problem: expect.stringContaining(`corrections[1].${field}`) },
    });
  },
);

test('events and corrections are put into chunks of their own, in the order of the stream', () => {
  const events = (seq: number) => {
    const [data = new Uint8Array()] = encodeEventBatches([create(EventEnvelopeSchema, content)]);
    return { seq, data, subject: '', timeMs: 8 };
  };
  const messages = [events(1), events(2), message({}, 3), message({}, 4), events(5)];
  const chunks = [...chunksOf(lane, messages, { eventCount: 1e9, byteCount: 1e9 })];
  expect(
    chunks.map(({ toSeq, events: own, corrections }) => [toSeq, own.length, corrections.length]),
  ).toEqual([
    [2, 2, 0],
    [4, 0, 4],
    [5, 1, 0],
  ]);
});
