import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { encodeEventBatches } from '@billingrails/bus';
import {
  EventBatchSchema,
  EventEnvelopeSchema,
} from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import { shownEvents } from './quarantine-owners';

const FIRST = 'org_01j9z3k4m5n6p7q8r9s0t1v2w3';
const SECOND = 'org_01j9z3k4m5n6p7q8r9s0t1v2w4';
const MINUTE_MS = Date.UTC(2024, 0, 1, 12, 34);
const STREAM_TIME_MS = Date.UTC(2024, 0, 2) + 7;

function message(...events: (readonly [organisationId: string, receiveTimeMs: number])[]) {
  const envelopes = events.map(([organisationId, receiveTimeMs], index) =>
    create(EventEnvelopeSchema, {
      ...{ organisationId, accountId: 'acct_1', eventName: 'x', idempotencyKey: `k${index}` },
      receiveTimeMs: BigInt(receiveTimeMs),
    }),
  );
  return encodeEventBatches(envelopes)[0] ?? new Uint8Array();
}

describe('a message that cannot be understood', () => {
  test('shows whose events it holds, and how many were received in which minute', () => {
    const data = message(
      ...([
        [FIRST, MINUTE_MS],
        [SECOND, MINUTE_MS + 1],
        [FIRST, MINUTE_MS + 59_999],
        [FIRST, MINUTE_MS + 60_000],
      ] as const),
    );
    const { owners, events } = shownEvents(data, STREAM_TIME_MS);
    expect(owners).toEqual([FIRST, SECOND]);
    expect(events).toEqual([
      { organisationId: FIRST, receiveTimeMs: MINUTE_MS, count: 2 },
      { organisationId: SECOND, receiveTimeMs: MINUTE_MS, count: 1 },
      { organisationId: FIRST, receiveTimeMs: MINUTE_MS + 60_000, count: 1 },
    ]);
  });

  test('shows it also where its version is not known or its checksum is wrong', () => {
    const batch = fromBinary(EventBatchSchema, message([FIRST, MINUTE_MS]));
    const damaged = toBinary(EventBatchSchema, { ...batch, schemaVersion: 9, checksum: 1 });
    expect(shownEvents(damaged, STREAM_TIME_MS).owners).toEqual([FIRST]);
  });

  test('shows nothing where it cannot be read, and no organisation that is none', () => {
    for (const data of [Buffer.from('no batch'), new Uint8Array(), message(['nobody', 1])]) {
      expect(shownEvents(data, STREAM_TIME_MS)).toEqual({ owners: [], events: [] });
    }
  });

  test('is taken as received when the stream took it, where an event does not say', () => {
    const { events } = shownEvents(message([FIRST, 0]), STREAM_TIME_MS);
    expect(events).toEqual([
      { organisationId: FIRST, receiveTimeMs: Date.UTC(2024, 0, 2), count: 1 },
    ]);
  });
});
