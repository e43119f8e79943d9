import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  EventBatchSchema,
  EventEnvelopeSchema,
  EventListSchema,
  type EventEnvelope,
} from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import * as fc from 'fast-check';
import { decodeEventBatch, encodeEventBatches } from './event-batch';

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

function decoded(message: Uint8Array): EventEnvelope[] {
  const events = decodeEventBatch(message);
  if ('problem' in events) throw new Error(events.problem);
  return events;
}

test('events come back whole and in order, in messages below the limit', () => {
  fc.assert(
    fc.property(
      fc.array(envelope, { maxLength: 20 }),
      fc.integer({ min: 1_500, max: 4_000 }),
      (events, maxBytes) => {
        const messages = encodeEventBatches(events, maxBytes);
        expect(messages.flatMap(decoded)).toEqual(events);
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
