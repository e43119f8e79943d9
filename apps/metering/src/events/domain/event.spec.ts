import type { AccountId, OrganisationId } from '@billingrails/ids';
import { differingFields, parseProperties, type UsageEvent } from './event';

const stored: UsageEvent = {
  id: 'org_1/k1',
  organisationId: 'org_1' as OrganisationId,
  accountId: 'acct_1' as AccountId,
  eventName: 'Song played',
  key: 'k1',
  timestampMs: 1_000,
  timestampAssigned: false,
  receiveTimeMs: 2_000,
  properties: Buffer.from('{"a":1,"b":{"c":[1,2],"d":null}}'),
};

describe('an event with a key that is taken', () => {
  test.each<[string, Partial<UsageEvent>]>([
    ['the very same', {}],
    ['received at another time', { receiveTimeMs: 9_000 }],
    [
      'with its properties in another order',
      { properties: json('{"b":{"d":null,"c":[1,2]},"a":1.0}') },
    ],
  ])('is a duplicate when it is %s', (_what, change) => {
    expect(differingFields(stored, { ...stored, ...change })).toEqual([]);
  });

  test.each<[string, Partial<UsageEvent>, string[]]>([
    ['account', { accountId: 'acct_2' as AccountId }, ['account_id']],
    ['name', { eventName: 'Song skipped' }, ['event_name']],
    ['time', { timestampMs: 1_001 }, ['timestamp']],
    ['time, set by the server', { timestampMs: 1_001, timestampAssigned: true }, ['timestamp']],
    ['number', { properties: json('{"a":2,"b":{"c":[1,2],"d":null}}') }, ['properties']],
    ['type', { properties: json('{"a":"1","b":{"c":[1,2],"d":null}}') }, ['properties']],
    ['list', { properties: json('{"a":1,"b":{"c":[2,1],"d":null}}') }, ['properties']],
    ['missing key', { properties: json('{"a":1,"b":{"c":[1,2]}}') }, ['properties']],
    ['other key', { properties: json('{"a":1,"b":{"c":[1,2],"e":null}}') }, ['properties']],
    ['unreadable', { properties: json('{"a":') }, ['properties']],
    ['name and time', { eventName: 'x', timestampMs: 5 }, ['event_name', 'timestamp']],
  ])('is a conflict when it has another %s', (_what, change, fields) => {
    expect(differingFields(stored, { ...stored, ...change })).toEqual(fields);
  });

  test('is a duplicate when only the times differ, and the server set both', () => {
    const assigned = { ...stored, timestampAssigned: true };
    expect(differingFields(assigned, { ...assigned, timestampMs: 5_000 })).toEqual([]);
  });
});

test.each(['', 'null', '5', '"x"', '[1]', '{"a":', '{"a":1}x'])(
  'properties %j are no object, and are not taken for one',
  (text) => {
    expect(parseProperties(json(text))).toBeUndefined();
  },
);

function json(text: string): Uint8Array {
  return Buffer.from(text);
}
