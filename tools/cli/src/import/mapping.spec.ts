import fc from 'fast-check';
import type { JsonObject } from '../rpc/connection';
import { columnsMapped, eventMaker, type Mapping } from './mapping';
import { instantFrom, longNumbersAsTexts, valueFrom } from './values';

test.each([
  ['4808', 4808],
  ['-0.5', -0.5],
  ['123456789012345', 123456789012345],
  ['1234567890123456', '1234567890123456'],
  ['0.123456789012345678', '0.123456789012345678'],
  ['007', '007'],
  ['1.50', '1.50'],
  ['-0', '-0'],
  ['1e5', '1e5'],
  ['true', true],
  ['The Beatles', 'The Beatles'],
])('a cell of %s is the value %j', (text, expected) => {
  expect(valueFrom(text)).toBe(expected);
});

test('a number is never another one', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.nat(12), (digits, point) => {
      const text = String(digits).padStart(point + 1, '0');
      const decimal = point === 0 ? text : `${text.slice(0, -point)}.${text.slice(-point)}`;
      const value = valueFrom(decimal);
      if (typeof value !== 'number') return value === decimal;
      return value.toFixed(point) === decimal;
    }),
  );
});

test.each([
  ['2023-11-16 18:17:03.9799600', '2023-11-16T18:17:03.97996Z'],
  ['2023-11-16T18:17:03+01:00', '2023-11-16T18:17:03+01:00'],
  ['2023-11-16 18:17+0100', '2023-11-16T18:17:00+01:00'],
  ['2023-11-16', '2023-11-16T00:00:00Z'],
  ['2023-11-16 18:17:03 UTC', '2023-11-16T18:17:03Z'],
  ['1700158623', '2023-11-16T18:17:03Z'],
  ['1700158623979', '2023-11-16T18:17:03.979Z'],
  ['1700158623979960', '2023-11-16T18:17:03.97996Z'],
  ['1700158623979960001', '2023-11-16T18:17:03.979960001Z'],
  ['yesterday', undefined],
  ['16.11.2023', undefined],
])('a time of %s is %s', (text, expected) => {
  expect(instantFrom(text)).toBe(expected);
});

test('long numbers of JSON become texts, and nothing else does', () => {
  const json =
    '{"a": 9007199254740993, "b": "9007199254740993", "c": 0.1, "d": "x\\" 12345678901234567"}';
  expect(JSON.parse(longNumbersAsTexts(json))).toEqual({
    ...{ a: '9007199254740993', b: '9007199254740993' },
    ...{ c: 0.1, d: 'x" 12345678901234567' },
  });
});

test.each([
  ['123456.12345678901', '123456.12345678901'],
  ['-1234567.1234567891', '-1234567.1234567891'],
  ['1.234567890123456789e5', '1.234567890123456789e5'],
  ['1e400', '1e400'],
  ['1e-400', '1e-400'],
  ['1e20', '1e20'],
  ['9007199254740992', '9007199254740992'],
  ['12345678901234e9', '12345678901234e9'],
  ['1e-19', '1e-19'],
  ['1e-18', 1e-18],
  ['1.5e3', 1500],
  ['0e0', 0],
  ['999999999999999', 999999999999999],
  ['0.1', 0.1],
])('the number %s of JSON becomes %j', (literal, expected) => {
  for (const json of [`{"a":${literal}}`, `{"a": [${literal}, "x1e5"]}`]) {
    const { a } = JSON.parse(longNumbersAsTexts(json)) as { a: unknown };
    expect(Array.isArray(a) ? a[0] : a).toBe(expected);
  }
});

test('no number of JSON is rounded', () => {
  const digits = fc.stringMatching(/^\d{1,24}$/);
  const exponent = fc.option(fc.integer({ min: -30, max: 30 }), { nil: undefined });
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), digits, exponent, (whole, part, e) => {
      const literal = `${whole}.${part}${e === undefined ? '' : `e${e}`}`;
      const { a } = JSON.parse(longNumbersAsTexts(`{"a":${literal}}`)) as { a: unknown };
      if (a !== literal) expect(decimal(String(a))).toEqual(decimal(literal));
    }),
  );
});

/** A number as its digits without zeros around them, and the power of ten of the last. */
function decimal(text: string): [digits: string, exponent: number] {
  const [mantissa = '', exponent = '0'] = text.split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const significant = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = significant.replace(/0+$/, '');
  const last = Number(exponent) - fraction.length + significant.length - digits.length;
  return [digits, digits === '' ? 0 : last];
}

const mapping: Mapping = {
  eventName: 'usage',
  account: '',
  time: '2026-01-01T00:00:00Z',
  columns: {},
  omitted: new Set(),
};
const T = '2026-01-02T03:04:05Z';
const P = { units: 3 };
const made = (record: JsonObject, more: Partial<Mapping> = {}) =>
  eventMaker({ ...mapping, ...more })(record, () => 'made');

test('columns are known by their usual names, whatever their case; the rest are properties', () => {
  expect(made({ TIMESTAMP: '2026-01-02', Customer_ID: 17, units: 3 })).toEqual({
    event_name: 'usage',
    timestamp: '2026-01-02T00:00:00Z',
    idempotency_key: 'made',
    properties: { units: 3, billingrails_account_id: '17' },
  });
});

test('columns are mapped, renamed, left out, and found inside of objects', () => {
  const columns = columnsMapped(['account=customer.id', 'key=id', 'name=kind', 'duration=secs']);
  const record = { customer: { id: 'a', plan: 'x' }, id: 'k1', kind: 'Song', secs: 240, junk: 1 };
  expect(made(record, { columns, omitted: new Set(['junk', 'customer']) })).toEqual({
    event_name: 'Song',
    timestamp: '2026-01-01T00:00:00Z',
    idempotency_key: 'k1',
    properties: { duration: 240, billingrails_account_id: 'a' },
  });
});

test.each(['__proto__', 'constructor', 'toString'])(
  'a column or property called %s is one like any other',
  (name) => {
    const record = JSON.parse(
      `{"account": "a", "${name}": 1, "properties": {"in": 2}}`,
    ) as JsonObject;
    const nested = JSON.parse(`{"account": "a", "properties": {"${name}": 1}}`) as JsonObject;
    const renamed = { columns: columnsMapped([`${name}=secs`]) };
    for (const event of [made(record), made(nested), made({ account: 'a', secs: 1 }, renamed)]) {
      expect(JSON.parse(JSON.stringify(event))).toEqual(event);
      expect(JSON.stringify(event)).toContain(`"${name}":1`);
    }
    // What a record lacks is not found in what all objects have.
    const missing = { columns: columnsMapped([`account=${name}`, `a=b.${name}`]) };
    expect(made({ b: { c: 1 } }, missing)).toEqual({ field: name, problem: 'is empty' });
  },
);

test('an event of the API is taken as it is', () => {
  const event = {
    event_name: 'Song played',
    properties: { billingrails_account_id: 'a', duration: 240 },
    idempotency_key: 'k',
    timestamp: '2026-01-02T03:04:05Z',
  };
  expect(made(event)).toBe(event);
  // What is another one, or not all of it, is made anew.
  for (const other of [
    { ...event, more: 1 },
    { ...event, timestamp: '2026-01-02 03:04:05' },
    { ...event, properties: { billingrails_account_id: 17 } },
    { ...event, idempotency_key: 5 },
  ]) {
    const one = made(other);
    expect(one).not.toBe(other);
    expect(one).toMatchObject({
      timestamp: event.timestamp,
      idempotency_key: String(other.idempotency_key),
      properties: { billingrails_account_id: expect.any(String) as unknown },
    });
  }
  const columns = columnsMapped(['seconds=properties.duration']);
  expect(made(event, { columns })).toMatchObject({ properties: { seconds: 240 } });
});

test('a column of properties is read as the JSON object that it writes, exactly', () => {
  const cell = '{"units": 3, "size": 12345678901234567890, "tags": ["a"]}';
  const properties = { model: 'small', units: 3, size: '12345678901234567890', tags: ['a'] };
  for (const record of [{ properties: cell }, { PROPERTIES: cell }, { properties: '' }]) {
    expect(made({ account: 'a', model: 'small', ...record })).toMatchObject({
      properties: Object.values(record)[0] === '' ? { model: 'small' } : properties,
    });
  }
  const columns = columnsMapped(['properties=extra']);
  expect(made({ account: 'a', model: 'small', extra: cell }, { columns })).toMatchObject({
    properties,
  });
});

test('a column of properties that is no object is refused by its name, and can be one property or none', () => {
  for (const properties of ['3 rooms', '[1]', '{"a":', 'null', 17, true]) {
    expect(made({ account: 'a', properties })).toEqual({
      field: 'properties',
      problem: expect.stringMatching(/^is no JSON object; --map NAME=COLUMN/),
    });
  }
  const record = { account: 'a', properties: '3 rooms' };
  expect(made(record, { columns: columnsMapped(['rooms=properties']) })).toMatchObject({
    properties: { rooms: '3 rooms', billingrails_account_id: 'a' },
  });
  expect(made(record, { omitted: new Set(['properties']) })).toMatchObject({
    properties: { billingrails_account_id: 'a' },
  });
});

test.each([
  [
    'orb',
    {
      event_name: 'n',
      external_customer_id: 'a',
      idempotency_key: 'k',
      timestamp: T,
      properties: P,
    },
  ],
  [
    'metronome',
    { event_type: 'n', customer_id: 'a', transaction_id: 'k', timestamp: T, properties: P },
  ],
  [
    'flexprice',
    {
      event_name: 'n',
      external_customer_id: 'a',
      event_id: 'k',
      timestamp: T,
      properties: P,
    },
  ],
  [
    'polar',
    {
      name: 'n',
      customer_id: 'x',
      external_customer_id: 'a',
      external_id: 'k',
      timestamp: T,
      metadata: P,
    },
  ],
  [
    'lago',
    {
      code: 'n',
      external_subscription_id: 'a',
      transaction_id: 'k',
      timestamp: 1767323045,
      properties: P,
    },
  ],
  [
    'cloudevents',
    { specversion: '1.0', type: 'n', subject: 'a', source: 's', id: 'k', time: T, data: P },
  ],
  [
    'stripe',
    {
      event_name: 'n',
      identifier: 'k',
      timestamp: T,
      payload: { stripe_customer_id: 'a', units: 3 },
    },
  ],
] as const)('events of %s are taken as they are', (name, record) => {
  expect(made(record, { shape: name })).toEqual({
    event_name: 'n',
    timestamp: T,
    idempotency_key: name === 'cloudevents' ? 's k' : 'k',
    properties: { units: 3, billingrails_account_id: 'a' },
  });
});

test('an id is taken as it is written, also where it reads as a number', () => {
  const cells = { account: '1.50', key: '007', units: '2.0' };
  const record = Object.fromEntries(
    Object.entries(cells).map(([name, cell]) => [name, valueFrom(cell)]),
  );
  expect(made(record, { columns: columnsMapped(['key=key']) })).toMatchObject({
    idempotency_key: '007',
    properties: { billingrails_account_id: '1.50', units: '2.0' },
  });
});

test('a record without an account or with no time is refused by its column', () => {
  expect(made({ units: 1 })).toEqual({ field: 'account', problem: 'is empty' });
  expect(made({ account: 'a', time: 'noon' })).toMatchObject({ field: 'time' });
  expect(() => columnsMapped(['account'])).toThrow('maps nothing');
});
