import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  EventBatchSchema,
  EventCorrectionSchema,
  EventEnvelopeSchema,
  EventListSchema,
  type EventEnvelope,
} from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import * as fc from 'fast-check';
import { decodeEventBatch, encodeEventBatches } from './event-batch';
import { readEventList, type ReceivedEvent } from './event-list';

const envelope = fc
  .record({
    organisationId: fc.string(),
    accountId: fc.string({ unit: 'binary' }),
    eventName: fc.string(),
    idempotencyKey: fc.string(),
    timestampMs: fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }),
    timestampAssigned: fc.boolean(),
    receiveTimeMs: fc.bigInt({ min: 0n, max: 2n ** 53n }),
    properties: fc.uint8Array({ maxLength: 300 }),
  })
  .map((fields): EventEnvelope => create(EventEnvelopeSchema, fields));

function decoded(message: Uint8Array): ReceivedEvent[] {
  const list = decodeEventBatch(message);
  if ('problem' in list) throw new Error(list.problem);
  return list.events;
}

/** As the contract has it. */
function envelopeOf({ bytes: _bytes, timestampMs, receiveTimeMs, ...fields }: ReceivedEvent) {
  const times = { timestampMs: BigInt(timestampMs), receiveTimeMs: BigInt(receiveTimeMs) };
  const properties = Uint8Array.from(fields.properties);
  return create(EventEnvelopeSchema, { ...fields, ...times, properties });
}

test('events come back whole and in order, in messages below the limit', () => {
  fc.assert(
    fc.property(
      fc.array(envelope, { maxLength: 20 }),
      fc.integer({ min: 1_500, max: 4_000 }),
      (events, maxBytes) => {
        const messages = encodeEventBatches(events, maxBytes);
        expect(messages.flatMap(decoded).map(envelopeOf)).toEqual(events);
        for (const message of messages) {
          const single = decoded(message).length === 1;
          expect(message.byteLength <= maxBytes || single).toBe(true);
        }
      },
    ),
  );
});

test('a message is filled before the next begins', () => {
  const properties = new Uint8Array(900);
  const events = Array.from({ length: 100 }, () => create(EventEnvelopeSchema, { properties }));
  expect(encodeEventBatches(events)).toHaveLength(1);
  expect(encodeEventBatches(events, 10_000)).toHaveLength(10);
});

test('an event larger than the limit gets a message of its own', () => {
  const sizes = [10, 5_000, 10];
  const events = sizes.map((size) =>
    create(EventEnvelopeSchema, { properties: new Uint8Array(size) }),
  );
  expect(encodeEventBatches(events, 1_000).map((message) => decoded(message).length)).toEqual([
    1, 1, 1,
  ]);
});

test('no events are no messages', () => {
  expect(encodeEventBatches([])).toEqual([]);
});

test('the layout is byte for byte that of the contract', () => {
  fc.assert(
    fc.property(fc.array(envelope, { minLength: 1, maxLength: 5 }), (events) => {
      const payload = toBinary(EventListSchema, create(EventListSchema, { events }));
      const [message] = encodeEventBatches(events);
      expect(fromBinary(EventBatchSchema, message ?? new Uint8Array()).payload).toEqual(payload);
    }),
  );
});

test('the bytes of any events, in any order, are a list of these events', () => {
  fc.assert(
    fc.property(fc.array(envelope, { minLength: 1, maxLength: 5 }), (events) => {
      const [message = new Uint8Array()] = encodeEventBatches(events);
      const list = Buffer.concat(
        decoded(message)
          .map(({ bytes }) => bytes)
          .reverse(),
      );
      expect(fromBinary(EventListSchema, list).events).toEqual([...events].reverse());
      expect(readEventList(list).events.map(envelopeOf)).toEqual([...events].reverse());
    }),
  );
});

test('fields of a later version are stepped over, and corrections are read', () => {
  const unknown = [{ no: 1_000, wireType: 0, data: Uint8Array.of(0xff, 1) }];
  const events = [create(EventEnvelopeSchema, { accountId: 'acct_1', $unknown: unknown })];
  const corrections = [create(EventCorrectionSchema, { correctionId: 'corr_1' })];
  const list = create(EventListSchema, { events, corrections, $unknown: unknown });
  const read = readEventList(toBinary(EventListSchema, list));
  expect(read.events).toMatchObject([{ accountId: 'acct_1' }]);
  expect(read.corrections).toEqual(corrections);
});

test('a list that is cut short anywhere is refused, or shorter by whole events', () => {
  const event = create(EventEnvelopeSchema, { accountId: 'acct_1', timestampMs: -5n });
  const list = toBinary(EventListSchema, create(EventListSchema, { events: [event, event] }));
  const lengths = [0, list.length / 2, list.length];
  for (let length = 0; length <= list.length; length += 1) {
    const read = () => readEventList(list.subarray(0, length)).events.length;
    if (lengths.includes(length)) expect(read()).toBe(lengths.indexOf(length));
    else expect(read).toThrow(RangeError);
  }
});

test('any damaged byte is a problem, never an exception or other events', () => {
  const [message = new Uint8Array()] = encodeEventBatches([
    create(EventEnvelopeSchema, { accountId: 'acct_1', idempotencyKey: 'key_1', timestampMs: 5n }),
  ]);
  for (const [index, byte] of message.entries()) {
    const damaged = Uint8Array.from(message);
    damaged[index] = byte ^ 0x10;
    expect(decodeEventBatch(damaged)).toEqual({ problem: expect.any(String) });
  }
});

test('arbitrary bytes are a problem', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (data) => {
      expect(decodeEventBatch(data)).toEqual({ problem: expect.any(String) });
    }),
  );
});

test.each([
  ['of another version', { schemaVersion: 2, checksum: 0x3ca3d1e5 }, /version 2 is not known/],
  ['with a wrong checksum', { schemaVersion: 1, checksum: 1 }, /damaged/],
  ['without events', { schemaVersion: 1, checksum: 0 }, /no events/],
])('a message %s says so', (_case, fields, problem) => {
  const message = toBinary(EventBatchSchema, create(EventBatchSchema, fields));
  expect(decodeEventBatch(message)).toEqual({ problem: expect.stringMatching(problem) });
});
