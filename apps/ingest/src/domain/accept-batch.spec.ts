import { acceptBatch } from './accept-batch';
import type { SubmittedEvent } from './event';
import { contextAtArrival, eventWith, songPlayed, violationsOf } from './test-events';

const accept = (events: readonly SubmittedEvent[]) => acceptBatch(events, contextAtArrival());
const problems = (events: readonly SubmittedEvent[]) => violationsOf(() => accept(events));
const withKey = (idempotencyKey: string, event = songPlayed) => ({ ...event, idempotencyKey });
const batchOf = (count: number) =>
  Array.from({ length: count }, (_, index) => withKey(`key_${index}`));

test.each([1, 100])('a batch of %i events is taken', (count) => {
  expect(accept(batchOf(count)).events).toHaveLength(count);
});

test.each([0, 101])('a batch of %i events is refused', (count) => {
  expect(problems(batchOf(count))).toEqual([`events: must hold 1-100 events, holds ${count}`]);
});

test('one invalid event refuses the batch; every violation of every event is named by its path', () => {
  const events = [
    withKey('a'),
    withKey('b', { ...songPlayed, eventName: '' }),
    withKey('c', eventWith({ nested: { wrong: Number.NaN } })),
    withKey('d', { ...songPlayed, properties: { duration: 240 } }),
  ];
  expect(problems(events)).toEqual([
    'events[1].event_name: is required',
    'events[2].properties.nested.wrong: must be finite',
    'events[3].properties.billingrails_account_id: is required: the account the event is counted for',
  ]);
});

test('100 violations are listed, and all are counted', () => {
  const wrong = (count: number) => [eventWith({ list: Array<number>(count).fill(Number.NaN) })];
  expect(problems(wrong(100))).toHaveLength(100);
  expect(problems(wrong(101))).toHaveLength(100);
  expect(() => accept(wrong(101))).toThrow(
    expect.objectContaining({ message: 'Nothing was stored.', violationCount: 101 }),
  );
});

describe('the same key twice in a batch', () => {
  const reordered = {
    ...songPlayed,
    properties: Object.fromEntries(Object.entries(songPlayed.properties ?? {}).reverse()),
  };

  test('with the same content is one event, answered as a duplicate', () => {
    const { events, outcomes } = accept([songPlayed, withKey('other'), reordered, songPlayed]);
    expect(events.map((event) => event.idempotencyKey)).toEqual(['unique_event_id_12345', 'other']);
    expect(outcomes.map((outcome) => outcome.duplicate)).toEqual([false, false, true, true]);
    expect(outcomes[2]).toEqual({ ...outcomes[0], duplicate: true });
  });

  test('with times that are one to the millisecond is one event', () => {
    const finer = { ...songPlayed, timestamp: { seconds: 1_696_161_600n, nanos: 999_999 } };
    expect(accept([songPlayed, finer]).events).toHaveLength(1);
  });

  test.each<[string, SubmittedEvent]>([
    ['name', { ...songPlayed, eventName: 'Song Played' }],
    ['properties', eventWith({ duration: 241 })],
    ['value type', { ...songPlayed, properties: { ...songPlayed.properties, duration: '240' } }],
    ['time', { ...songPlayed, timestamp: { seconds: 1_696_161_600n, nanos: 1_000_000 } }],
    ['lack of a time', { ...songPlayed, timestamp: undefined }],
  ])('with another %s refuses the batch', (_what, other) => {
    expect(problems([withKey('a'), songPlayed, other])).toEqual([
      'events[2].idempotency_key: events[1] has the same key with other content',
    ]);
  });

  test('without keys, equal events are two', () => {
    const { events, outcomes } = accept([withKey(''), withKey('')]);
    expect(events.map((event) => event.idempotencyKey)).toEqual(['made_1', 'made_2']);
    expect(outcomes.map((outcome) => outcome.duplicate)).toEqual([false, false]);
  });
});
