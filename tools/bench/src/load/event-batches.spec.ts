import { fromBinary } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { IngestEventsRequestSchema } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { EventBatches, type BatchesOptions } from './event-batches';
import { eventLines } from './event-lines';

const options: BatchesOptions = {
  eventNames: ['Song played', 'Message sent', 'API call'],
  startMs: Date.UTC(2024, 5, 1),
  endMs: Date.UTC(2024, 6, 1),
  keyPrefix: 'test',
};

function eventsOf(count: number, changed: Partial<BatchesOptions> = {}) {
  const batches = new EventBatches({ ...options, ...changed });
  return Array.from({ length: count / 100 }, () => batches.next()).flatMap(
    (frame) => fromBinary(IngestEventsRequestSchema, frame.subarray(5)).events,
  );
}

test('every event has a key and a user of its own, also when templates come again', () => {
  const events = eventsOf(40_000);
  expect(new Set(events.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(40_000);
  expect(new Set(events.map(({ properties }) => properties?.['user'])).size).toBe(40_000);
});

test('events are of 2,000 accounts and all names, in the time asked for, and the same in every run', () => {
  const events = eventsOf(16_000);
  const accounts = events.map(({ properties }) => properties?.['billingrails_account_id']);
  expect(new Set(accounts).size).toBe(2_000);
  expect(new Set(events.map(({ eventName }) => eventName)).size).toBe(3);
  for (const { timestamp } of events) {
    const timeMs = Number(timestamp?.seconds) * 1_000;
    expect(timeMs >= options.startMs && timeMs < options.endMs).toBe(true);
  }
  expect(eventsOf(16_000)).toEqual(events);
});

test('events may be of one account', () => {
  const accounts = eventsOf(200, { accountId: 'acct_one' }).map(
    ({ properties }) => properties?.['billingrails_account_id'],
  );
  expect(new Set(accounts)).toEqual(new Set(['acct_one']));
});

test('lines of JSON are the same events', () => {
  const lines = [...eventLines(options, 2_500)].join('').trimEnd().split('\n');
  const events = eventsOf(2_500);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    events.map(({ eventName, idempotencyKey, timestamp, properties }) => ({
      ...{ event_name: eventName, idempotency_key: idempotencyKey, properties },
      timestamp: timestamp && timestampDate(timestamp).toISOString(),
    })),
  );
});
