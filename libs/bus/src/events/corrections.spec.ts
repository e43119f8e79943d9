import { create } from '@bufbuild/protobuf';
import {
  EventCorrectionSchema,
  EventEnvelopeSchema,
  type EventCorrection,
} from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import * as fc from 'fast-check';
import { CORRECTIONS_PER_MESSAGE_MAX, encodeCorrections } from './corrections';
import { decodeEventBatch } from './event-batch';

const amended = fc
  .record({ eventName: fc.string(), properties: fc.uint8Array({ maxLength: 300 }) })
  .map((fields) => create(EventEnvelopeSchema, fields));

const correction = fc
  .record(
    {
      organisationId: fc.string(),
      accountId: fc.string({ unit: 'binary' }),
      idempotencyKey: fc.string(),
      correctionId: fc.string(),
      receiveTimeMs: fc.bigInt({ min: 0n, max: 2n ** 53n }),
      reason: fc.string(),
      amended,
    },
    { requiredKeys: ['organisationId', 'accountId', 'idempotencyKey', 'correctionId'] },
  )
  .map((fields): EventCorrection => create(EventCorrectionSchema, fields));

function decoded(message: Uint8Array): EventCorrection[] {
  const list = decodeEventBatch(message);
  if ('problem' in list) throw new Error(list.problem);
  expect(list.events).toEqual([]);
  return list.corrections;
}

test('corrections come back whole and in order, in messages below the limit', () => {
  fc.assert(
    fc.property(
      fc.array(correction, { maxLength: 20 }),
      fc.integer({ min: 500, max: 2_000 }),
      (corrections, maxBytes) => {
        const messages = encodeCorrections(corrections, maxBytes);
        expect(messages.flatMap(decoded)).toEqual(corrections);
        for (const message of messages) {
          const single = decoded(message).length === 1;
          expect(message.byteLength <= maxBytes || single).toBe(true);
        }
      },
    ),
  );
});

test('a message is filled before the next begins, and no corrections are no messages', () => {
  const reason = 'x'.repeat(90);
  const corrections = Array.from({ length: 100 }, () => create(EventCorrectionSchema, { reason }));
  expect(encodeCorrections(corrections)).toHaveLength(100 / CORRECTIONS_PER_MESSAGE_MAX);
  expect(encodeCorrections(corrections, 1_024)).toHaveLength(10);
  expect(encodeCorrections([])).toEqual([]);
});
