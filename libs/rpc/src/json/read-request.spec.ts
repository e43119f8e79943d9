import type { DescMessage } from '@bufbuild/protobuf';
import {
  AmendEventRequestSchema,
  IngestEventRequestSchema,
  IngestEventsRequestSchema,
} from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import {
  CreateMeterRequestSchema,
  ListMetersRequestSchema,
  ReviseMeterProfileRequestSchema,
} from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import {
  QueryUsageRequestSchema,
  WatchUsageRequestSchema,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { CreateEntitlementRequestSchema } from '@billingrails/contracts/billingrails/billing/v1/entitlement_service_pb';
import { CreatePlanRequestSchema } from '@billingrails/contracts/billingrails/billing/v1/plan_service_pb';
import { CreateSubscriptionRequestSchema } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { AdvanceTestClockRequestSchema } from '@billingrails/contracts/billingrails/billing/v1/test_clock_service_pb';
import type { DomainError } from '@billingrails/errors';
import { ConnectError } from '@connectrpc/connect';
import { domainErrorOf } from '../errors/details';
import { readableRequest } from './read-request';

const messages = {
  amend: AmendEventRequestSchema,
  clock: AdvanceTestClockRequestSchema,
  entitlement: CreateEntitlementRequestSchema,
  event: IngestEventRequestSchema,
  events: IngestEventsRequestSchema,
  meter: CreateMeterRequestSchema,
  meters: ListMetersRequestSchema,
  plan: CreatePlanRequestSchema,
  revision: ReviseMeterProfileRequestSchema,
  subscription: CreateSubscriptionRequestSchema,
  usage: QueryUsageRequestSchema,
  watch: WatchUsageRequestSchema,
};
type Name = keyof typeof messages;

const read = (desc: DescMessage, text: string) => readableRequest(desc, Buffer.from(text));

function refusal(name: Name, text: string | Uint8Array): DomainError {
  try {
    readableRequest(messages[name], Buffer.from(text));
  } catch (error) {
    const told = domainErrorOf(ConnectError.from(error));
    if (told !== undefined) return told;
    throw error;
  }
  throw new Error(`${text.toString()} was read`);
}

/** What is wrong, a line each: the path, and what is to be said there. */
const faults = (name: Name, text: string | Uint8Array) =>
  refusal(name, text).violations.map(({ field, description }) => `${field}: ${description}`);

const time = 'must be a time of RFC 3339, such as "2026-01-31T12:00:00Z", is';
const methods = 'sum, count, count_unique, max, min, latest, average or time_weighted_sum';

describe('every mistake is told by its path, with what is expected there', () => {
  test.each<[Name, string, string]>([
    // Keys that are unknown.
    ['event', '{"event_nme":"x"}', 'event_nme: is no field here; did you mean "event_name"?'],
    ['event', '{"eventname":"x"}', 'eventname: is no field here; did you mean "event_name"?'],
    [
      'events',
      '{"events":[{},{"property":{}}]}',
      'events[1].property: is no field here; did you mean "properties"?',
    ],
    [
      'event',
      '{"customer":"x"}',
      'customer: is no field here; there are event_name, properties, idempotency_key, timestamp',
    ],
    ['meters', '{"pagesize":1}', 'pagesize: is no field here; did you mean "page_size"?'],
    [
      'entitlement',
      '{"who":"x"}',
      'who: is no field here; there are feature_id, one of (plan_id, subscription_id, account_id), limit, request_id, limit_kind, grace, reset, value, start_time, end_time, rollover_periods, rollover_maximum, credit_unit_id',
    ],
    // An unknown price model, and one that is not where it belongs.
    [
      'plan',
      '{"fees":[{"price":{"bulk":{}}}]}',
      expect.stringMatching(
        /^fees\[0\]\.price\.bulk: is no field here; there are one of \(flat, per_unit, .*graduated/,
      ) as unknown as string,
    ],
    [
      'plan',
      '{"fees":[{"price":{"flatt":{}}}]}',
      'fees[0].price.flatt: is no field here; did you mean "flat"?',
    ],
    [
      'plan',
      '{"fees":[{"flat":{}}]}',
      'fees[0].flat: is no field here; did you mean "price.flat"?',
    ],
    // Wrong kinds.
    [
      'event',
      '{"event_name":5}',
      'event_name: must be a text, is the number 5: write it in quotes, "5"',
    ],
    ['event', '{"event_name":["x"]}', 'event_name: must be a text, is a list'],
    ['event', '{"properties":"x"}', 'properties: must be an object, is the text "x"'],
    ['event', '{"properties":[]}', 'properties: must be an object, is a list'],
    ['events', '{"events":{}}', 'events: must be a list, is an object'],
    ['events', '{"events":[null]}', 'events[0]: must be an object, is null'],
    ['events', '{"events":["x"]}', 'events[0]: must be an object, is the text "x"'],
    ['events', '[]', ': must be an object, is a list'],
    ['events', '"x"', ': must be an object, is the text "x"'],
    ['events', 'null', ': must be an object, is null'],
    [
      'plan',
      '{"fees":[{"price":{"flat":{"amount":20}}}]}',
      'fees[0].price.flat.amount: must be a text, is the number 20: write it in quotes, "20"',
    ],
    [
      'meter',
      '{"profiles":[{"recurring":"yes"}]}',
      'profiles[0].recurring: must be true or false, is the text "yes"',
    ],
    [
      'meters',
      '{"page_size":1.5}',
      'page_size: must be a whole number from -2147483648 to 2147483647, is the number 1.5',
    ],
    [
      'meters',
      '{"page_size":2147483648}',
      'page_size: must be a whole number from -2147483648 to 2147483647, is the number 2147483648',
    ],
    [
      'usage',
      '{"account_ids":["a",7]}',
      'account_ids[1]: must be a text, is the number 7: write it in quotes, "7"',
    ],
    ['usage', '{"account_ids":"a"}', 'account_ids: must be a list, is the text "a"'],
    // Enums.
    [
      'meter',
      '{"profiles":[{"aggregation_method":"mean"}]}',
      `profiles[0].aggregation_method: must be one of ${methods}, is the text "mean"`,
    ],
    [
      'meter',
      '{"profiles":[{"aggregation_method":true}]}',
      `profiles[0].aggregation_method: must be one of ${methods}, is true`,
    ],
    [
      'usage',
      '{"window":"year"}',
      'window: must be one of none, hour, day, month, minute or week, is the text "year"',
    ],
    // One of a oneof.
    [
      'entitlement',
      '{"plan_id":"plan_1","subscription_id":"sub_1"}',
      'subscription_id: cannot be given beside plan_id: only one of plan_id, subscription_id or account_id',
    ],
    [
      'event',
      '{"event_name":"x","eventName":"y"}',
      'eventName: is the same field by its other name, given twice',
    ],
    // Timestamps: where, what and an example.
    [
      'events',
      '{"events":[{},{"timestamp":"yesterday"}]}',
      `events[1].timestamp: ${time} the text "yesterday"`,
    ],
    ['event', '{"timestamp":1700000000}', `timestamp: ${time} the number 1700000000`],
    [
      'event',
      '{"timestamp":"2023-10-01 12:00:00Z"}',
      `timestamp: ${time} the text "2023-10-01 12:00:00Z"`,
    ],
    [
      'event',
      '{"timestamp":"2023-10-01T12:00:00"}',
      `timestamp: ${time} the text "2023-10-01T12:00:00"`,
    ],
    ['event', '{"timestamp":""}', `timestamp: ${time} the text ""`],
    ['watch', '{"query":{"known_at":"now"}}', `query.known_at: ${time} the text "now"`],
    // What is no JSON at all.
    ['event', '', ': is empty: a request is an object of JSON, such as {}'],
    ['event', '{"event', expect.stringMatching(/^: is no JSON: /) as unknown as string],
    ['event', "{'event_name':'x'}", expect.stringMatching(/^: is no JSON: /) as unknown as string],
  ])('%s %s', (name, text, told) => {
    expect(faults(name, text)).toEqual([told]);
  });

  test('text that is not UTF-8', () => {
    expect(faults('event', Buffer.from([0x7b, 0xff, 0x7d]))).toEqual([': is not UTF-8']);
  });

  test('all that is wrong is told at once, in the order of the request', () => {
    const text = `{"name":7,"profiles":[{"aggregation_method":"total","filters":{}},{"code":"a","colour":1}]}`;
    expect(refusal('meter', text).violations.map(({ field }) => field)).toEqual([
      'name',
      'profiles[0].aggregation_method',
      'profiles[0].filters',
      'profiles[1].colour',
    ]);
  });

  test('a hundred are listed, and all are counted', () => {
    const events = Array.from({ length: 150 }, () => ({ timestamp: 'x' }));
    const { violations, violationCount } = refusal('events', JSON.stringify({ events }));
    expect([violations.length, violationCount]).toEqual([100, 150]);
  });

  test('what is nested deeper than is read is told where, and nothing overflows', () => {
    const deep = `{"properties":{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}}`;
    const [violation] = refusal('event', deep).violations;
    expect(violation?.field).toMatch(/^properties\.a(\[0\])+$/);
    expect(violation?.description).toBe('is nested deeper than 100 levels');
  });

  test('an answer does not grow with the paths of what is wrong', () => {
    const key = 'k'.repeat(1_000);
    let value: unknown = Array.from({ length: 200 }, () => 0);
    for (let level = 0; level < 90; level += 1) value = { [key]: value };
    const text = JSON.stringify({ properties: value }).replaceAll('0', '1e400');
    const { violations, violationCount } = refusal('event', text);
    expect([violations.length, violationCount]).toEqual([100, 200]);
    expect(JSON.stringify(violations).length).toBeLessThan(100_000);
  });

  test('what is nested deeply where nothing is read overflows nothing either', () => {
    const deep = `${'[1e400,'.repeat(100_000)}0${']'.repeat(100_000)}`;
    const told = faults('event', `{"other":${deep},"event_name":${deep},"timestamp":1e400}`);
    expect(told.slice(0, 3)).toEqual([
      'other: is no field here; there are event_name, properties, idempotency_key, timestamp',
      'event_name: must be a text, is a list',
      `timestamp: ${time} the number Infinity`,
    ]);
  });
});

describe('a day or time that does not exist is refused in every timestamp', () => {
  const timestamps: readonly [Name, string, (text: string) => unknown][] = [
    ['event', 'timestamp', (text) => ({ timestamp: text })],
    ['events', 'events[0].timestamp', (text) => ({ events: [{ timestamp: text }] })],
    ['amend', 'event.timestamp', (text) => ({ event: { timestamp: text } })],
    ['usage', 'start_time', (text) => ({ start_time: text })],
    ['revision', 'effective_time', (text) => ({ effective_time: text })],
    ['subscription', 'start_time', (text) => ({ start_time: text })],
    ['clock', 'current_time', (text) => ({ current_time: text })],
  ];
  test.each([
    '2023-02-29T00:00:00Z',
    '2023-02-30T00:00:00Z',
    '2023-04-31T00:00:00+02:00',
    '2023-01-01T24:00:00Z',
    '2023-01-01T23:59:60Z',
    '2023-00-01T00:00:00Z',
    '2023-01-00T00:00:00Z',
    '2023-13-01T00:00:00Z',
    '2023-01-01T00:60:00Z',
    '2023-01-01T00:00:00+24:00',
    '0000-12-31T00:00:00Z',
  ])('%s', (text) => {
    for (const [name, field, request] of timestamps) {
      const told = [`${field}: ${time} the text ${JSON.stringify(text)}`];
      expect(faults(name, JSON.stringify(request(text)))).toEqual(told);
    }
  });

  test.each([
    '2024-02-29T23:59:59.123456789Z',
    '2023-12-31T00:00:00-11:30',
    '0001-01-01T00:00:00Z',
  ])('%s exists', (timestamp) => {
    const text = JSON.stringify({ timestamp });
    expect(read(messages.event, text)).toBe(text);
  });
});

describe('a number that would be read as another is refused, wherever it stands', () => {
  const told = (literal: string, read: string) =>
    `as a number of JSON, ${literal} would ${read}; send it as a string`;
  test.each<[Name, string, string]>([
    [
      'event',
      '{"properties":{"n":9007199254740990.7}}',
      `properties.n: ${told('9007199254740990.7', 'be read as 9007199254740991')}`,
    ],
    [
      'events',
      '{"events":[{},{"properties":{"a":[0,{"b":4503599627370497.5}]}}]}',
      `events[1].properties.a[1].b: ${told('4503599627370497.5', 'be read as 4503599627370498')}`,
    ],
    [
      'amend',
      '{"event":{"properties":{"n": 1234567890123456.78}}}',
      `event.properties.n: ${told('1234567890123456.78', 'be read as 1234567890123456.8')}`,
    ],
    [
      'meter',
      '{"profiles":[{"filters":[{"property":"n","operator":"gte","value":9007199254740993}]}]}',
      `profiles[0].filters[0].value: ${told('9007199254740993', 'be read as 9007199254740992')}`,
    ],
    [
      'meter',
      '{"profiles":[{"filter":{"not":{"condition":{"value":[1,1e400]}}}}]}',
      `profiles[0].filter.not.condition.value[1]: ${told('1e400', 'be too large')}`,
    ],
    [
      'plan',
      '{"fees":[{"group_prices":[{"values":["a",0.10000000000000001]}]}]}',
      expect.stringMatching(/0\.10000000000000001 would be read as 0\.1;/) as unknown as string,
    ],
    [
      'usage',
      '{"groups":[{"values":[-12345678901234567890]}]}',
      `groups[0].values[0]: ${told('-12345678901234567890', 'be read as -12345678901234567000')}`,
    ],
  ])('%s %s', (name, text, fault) => {
    const all = faults(name, text);
    expect(all).toContainEqual(fault);
  });

  test.each([
    '{"properties":{"n":9007199254740991,"m":0.1,"k":1e2,"t":"9007199254740993"}}',
    '{"properties":{"text":"a number: 9007199254740993, 1e400 \\"[1e400]","n":[1.50,-0]}}',
    '{"properties":{"a":{},"b":[],"c":[[]],"d":null,"e":true,"f":false,"n":[ 1E5 , {"x" : 1.5e300} ]}}',
  ])('%s is read as it is', (text) => {
    expect(read(messages.event, text)).toBe(text);
  });
});

describe('of a key that comes twice the last one counts', () => {
  test.each([
    ['{"event_name":"a","event_name":"b"}', { event_name: 'b' }],
    ['{"event_name":"a","event_n\\u0061me":"b"}', { event_name: 'b' }],
    ['{"properties":{"n":1,"n":2}}', { properties: { n: 2 } }],
    ['{"properties":{"o":{"n":1}, "o" : {"m":2}}}', { properties: { o: { m: 2 } } }],
    ['{"properties":{"l":[{"n":1,"n":"\\":"}]}}', { properties: { l: [{ n: '":' }] } }],
  ])('%s', (text, request) => {
    expect(JSON.parse(read(messages.event, text))).toEqual(request);
    expect(read(messages.event, text)).toBe(JSON.stringify(request));
  });
});

describe('an enum may be given by its short word', () => {
  const method = (word: string): unknown => {
    const text = JSON.stringify({ profiles: [{ aggregation_method: word }] });
    return JSON.parse(read(messages.meter, text)).profiles[0].aggregation_method;
  };
  test.each(['count_unique', 'COUNT_UNIQUE', 'Count unique', 'countUnique', 'count-unique'])(
    '%s',
    (word) => expect(method(word)).toBe('AGGREGATION_METHOD_COUNT_UNIQUE'),
  );

  test('the contract’s name and number stay as they are', () => {
    const text = '{"window":"USAGE_WINDOW_DAY"}';
    expect(read(messages.usage, text)).toBe(text);
    expect(read(messages.usage, '{"window":3}')).toBe('{"window":3}');
  });
});
