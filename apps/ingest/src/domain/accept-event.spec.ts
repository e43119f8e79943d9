import { parsePath } from '@billingrails/filters';
import { acceptSingle } from './accept-batch';
import type { JsonObject, SubmittedEvent } from './event';
import { arrivalMs, contextAtArrival, eventWith, songPlayed, violationsOf } from './test-events';

const hourMs = 3_600_000;
const accept = (event: SubmittedEvent) => acceptSingle(event, contextAtArrival());
const problems = (event: SubmittedEvent) => violationsOf(() => accept(event));
const atMs = (ms: number) => ({
  ...songPlayed,
  timestamp: {
    seconds: BigInt(Math.floor(ms / 1000)),
    nanos: (ms - Math.floor(ms / 1000) * 1000) * 1e6,
  },
});

test('the seed’s event is accepted as it stands', () => {
  const { events, outcomes } = accept(songPlayed);
  expect(events).toEqual([
    {
      eventName: 'Song played',
      accountId: 'acct_67890',
      idempotencyKey: 'unique_event_id_12345',
      timestampMs: Date.parse('2023-10-01T12:00:00Z'),
      timestampAssigned: false,
      propertiesJson: Buffer.from(JSON.stringify(songPlayed.properties)),
    },
  ]);
  expect(outcomes).toEqual([
    {
      idempotencyKey: 'unique_event_id_12345',
      timestampMs: Date.parse('2023-10-01T12:00:00Z'),
      duplicate: false,
    },
  ]);
});

test('a missing key and time are filled in and told', () => {
  const { eventName, properties } = songPlayed;
  const { events, outcomes } = accept({ eventName, properties, idempotencyKey: '' });
  expect(events[0]).toMatchObject({
    idempotencyKey: 'made_1',
    timestampMs: arrivalMs,
    timestampAssigned: true,
  });
  expect(outcomes).toEqual([
    { idempotencyKey: 'made_1', timestampMs: arrivalMs, duplicate: false },
  ]);
});

describe('event_name and idempotency_key', () => {
  test.each<[string, string, string[]]>([
    ['empty', '', ['event_name: is required']],
    ['of 128 characters', 'n'.repeat(128), []],
    ['of 129 characters', 'n'.repeat(129), ['event_name: must have at most 128 characters']],
    ['of 128 characters outside the BMP', '🎵'.repeat(128), []],
    ['of 129 such', '🎵'.repeat(129), ['event_name: must have at most 128 characters']],
    ['with NUL', 'a\0b', ['event_name: must not hold control characters']],
    ['with a C1 control', 'a\u0085b', ['event_name: must not hold control characters']],
    [
      'with half a surrogate pair',
      'a\ud83c',
      ['event_name: must be well-formed Unicode: it holds half of a surrogate pair'],
    ],
  ])('event_name %s', (_what, eventName, expected) => {
    expect(problems({ ...songPlayed, eventName })).toEqual(expected);
  });

  test.each<[string, string, string[]]>([
    ['of 1 character', 'k', []],
    ['of 256 characters', 'k'.repeat(256), []],
    ['of 257 characters', 'k'.repeat(257), ['idempotency_key: must have at most 256 characters']],
    ['with a line break', 'a\nb', ['idempotency_key: must not hold control characters']],
  ])('idempotency_key %s', (_what, idempotencyKey, expected) => {
    expect(problems({ ...songPlayed, idempotencyKey })).toEqual(expected);
  });
});

describe('timestamp', () => {
  test.each<[string, SubmittedEvent, number]>([
    ['an hour ahead', atMs(arrivalMs + hourMs), arrivalMs + hourMs],
    ['a fraction of a millisecond later, cut off', withNanos(999_999), arrivalMs + hourMs],
    ['before 1970', atMs(-1), -1],
    ['the earliest there is', atMs(-62_135_596_800_000), -62_135_596_800_000],
  ])('%s is taken', (_what, event, expectedMs) => {
    expect(accept(event).events[0]?.timestampMs).toBe(expectedMs);
  });

  test('what is finer than a millisecond is cut off towards the past, before 1970 too', () => {
    const timestamp = { seconds: -1n, nanos: 999_999_999 };
    expect(accept({ ...songPlayed, timestamp }).events[0]?.timestampMs).toBe(-1);
  });

  test.each<[string, SubmittedEvent, string]>([
    [
      'an hour and a millisecond ahead',
      atMs(arrivalMs + hourMs + 1),
      "timestamp: is more than one hour ahead of the server's clock, 2026-11-21T08:00:00.000Z",
    ],
    [
      'before the year 1',
      { ...songPlayed, timestamp: { seconds: -62_135_596_801n, nanos: 0 } },
      'timestamp: must be within the years 0001 to 9999',
    ],
    [
      'after the year 9999',
      { ...songPlayed, timestamp: { seconds: 253_402_300_800n, nanos: 0 } },
      'timestamp: must be within the years 0001 to 9999',
    ],
    ['of negative nanos', withNanos(-1), 'timestamp: nanos must be between 0 and 999999999'],
    [
      'of a second of nanos',
      withNanos(1_000_000_000),
      'timestamp: nanos must be between 0 and 999999999',
    ],
  ])('%s is refused', (_what, event, expected) => {
    expect(problems(event)).toEqual([expected]);
  });

  function withNanos(nanos: number): SubmittedEvent {
    const seconds = BigInt((arrivalMs + hourMs) / 1000);
    return { ...songPlayed, timestamp: { seconds, nanos } };
  }
});

describe('the account', () => {
  const path = 'properties.billingrails_account_id';
  const form =
    'must be 1-128 characters of A-Z a-z 0-9 . _ : @ - that start with a letter or a digit';
  test.each<[string, JsonObject | undefined, string[]]>([
    ['in no properties', undefined, [`${path}: is required: the account the event is counted for`]],
    ['missing', {}, [`${path}: is required: the account the event is counted for`]],
    [
      'null',
      { billingrails_account_id: null },
      [`${path}: must be a string: the id of an account`],
    ],
    [
      'a number',
      { billingrails_account_id: 17 },
      [`${path}: must be a string: the id of an account`],
    ],
    ['empty', { billingrails_account_id: '' }, [`${path}: ${form}`]],
    ['of 128 characters', { billingrails_account_id: 'a'.repeat(128) }, []],
    ['of 129 characters', { billingrails_account_id: 'a'.repeat(129) }, [`${path}: ${form}`]],
    ['with a blank', { billingrails_account_id: 'acct 1' }, [`${path}: ${form}`]],
  ])('%s', (_what, properties, expected) => {
    expect(problems({ ...songPlayed, properties })).toEqual(expected);
  });

  test('is taken from the property that the event name’s mapping leads to', () => {
    const context = contextAtArrival({
      accountPathOf: (name) => parsePath(name === 'Song played' ? 'user.ids.a\\.b' : 'x'),
    });
    const properties = { user: { ids: { 'a.b': 'acct_1' } }, billingrails_account_id: 'acct_2' };
    const { events } = acceptSingle({ ...songPlayed, properties }, context);
    expect(events[0]?.accountId).toBe('acct_1');
  });

  test.each<[string, JsonObject]>([
    ['is not there', {}],
    ['leads through a string', { user: 'acct_1' }],
    ['leads through a list', { user: ['acct_1'] }],
    ['is only inherited', { user: {} }],
  ])('a mapped property that %s is named by its path', (_what, properties) => {
    const context = contextAtArrival({ accountPathOf: () => ['user', 'constructor', 'a.b'] });
    expect(violationsOf(() => acceptSingle({ ...songPlayed, properties }, context))).toEqual([
      'properties.user.constructor.a\\.b: is required: the account the event is counted for',
    ]);
  });
});

test('everything wrong with an event is told at once', () => {
  const event = { ...eventWith({ big: 1e300 }), eventName: '', idempotencyKey: '\t' };
  expect(problems({ ...event, timestamp: { seconds: 0n, nanos: -1 } })).toEqual([
    'event_name: is required',
    'idempotency_key: must not hold control characters',
    'properties.big: must be between -(2^53-1) and 2^53-1; send it as a string',
    'timestamp: nanos must be between 0 and 999999999',
  ]);
});
