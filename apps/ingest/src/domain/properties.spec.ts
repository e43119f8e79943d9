import fc from 'fast-check';
import { acceptSingle } from './accept-batch';
import type { Json, JsonObject } from './event';
import { contextAtArrival, eventWith, violationsOf } from './test-events';

const accept = (properties: JsonObject) => acceptSingle(eventWith(properties), contextAtArrival());
const problems = (properties: JsonObject) => violationsOf(() => accept(properties));
const times = (count: number, member: (index: number) => [string, Json]): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => member(index)));
/** As JSON.parse makes it: an own property, which a literal cannot have. */
const withProto = (json: string): JsonObject => JSON.parse(json) as JsonObject;

describe('numbers', () => {
  test.each([
    0,
    -0,
    0.1,
    -240.5,
    2 ** 53 - 1,
    -(2 ** 53 - 1),
    1e-18,
    1.5e-17,
    0.000001234567890123,
    4503599627370495.5,
  ])('%p is taken', (number) => {
    expect(problems({ number })).toEqual([]);
  });

  test.each<[number, string]>([
    [2 ** 53, 'must be between -(2^53-1) and 2^53-1; send it as a string'],
    [-(2 ** 53), 'must be between -(2^53-1) and 2^53-1; send it as a string'],
    [1e308, 'must be between -(2^53-1) and 2^53-1; send it as a string'],
    [1e-19, 'must have at most 18 fraction digits; send it as a string, shortened'],
    [1.5e-18, 'must have at most 18 fraction digits; send it as a string, shortened'],
    [0.0012345678901234567, 'must have at most 18 fraction digits; send it as a string, shortened'],
    [5e-324, 'must have at most 18 fraction digits; send it as a string, shortened'],
    [Number.NaN, 'must be finite'],
    [Number.POSITIVE_INFINITY, 'must be finite'],
    [Number.NEGATIVE_INFINITY, 'must be finite'],
  ])('%p is refused', (number, problem) => {
    expect(problems({ list: [{ number }] })).toEqual([`properties.list[0].number: ${problem}`]);
  });
});

describe('keys', () => {
  test.each<[string, JsonObject, string[]]>([
    ['of 128 characters', { ['k'.repeat(128)]: 1 }, []],
    [
      'of 129 characters',
      { ['k'.repeat(129)]: 1 },
      [`properties.${'k'.repeat(64)}…: the key must have at most 128 characters`],
    ],
    ['that is empty', { a: { '': 1 } }, ['properties.a."": the key must not be empty']],
    [
      '__proto__',
      withProto('{"__proto__":{"x":1}}'),
      ['properties.__proto__: the key __proto__ is not allowed'],
    ],
    [
      '__proto__ further down',
      withProto('{"a":[{"__proto__":1}]}'),
      ['properties.a[0].__proto__: the key __proto__ is not allowed'],
    ],
    ['with NUL', { 'a\0b': 1 }, ['properties.a\\u0000b: the key must not hold control characters']],
    ['with DEL', { 'a\x7f': 1 }, ['properties.a\\u007f: the key must not hold control characters']],
    [
      'with half a surrogate pair',
      { 'a\ud800': 1 },
      [
        'properties.a\\ud800: the key must be well-formed Unicode: it holds half of a surrogate pair',
      ],
    ],
    ['with dots, dollars and blanks', { 'a.b': 1, $set: 2, 'ключ 🎵': 3 }, []],
  ])('a key %s', (_what, properties, expected) => {
    expect(problems(properties)).toEqual(expected);
  });

  test('256 keys in all are taken, 257 refused', () => {
    const nested = { inner: times(253, (index) => [`k${index}`, index]) };
    expect(problems({ ...nested, one: 1 })).toEqual([]); // with the account 1 + 1 + 253 + 1
    expect(problems({ ...nested, one: 1, two: 2 })).toEqual([
      'properties.inner: the properties have more than 256 keys in all',
    ]);
  });
});

describe('values', () => {
  test('a string with half a surrogate pair is refused, a NUL in a string is taken', () => {
    expect(problems({ list: ['ok 🎵 \0', 'a\udc00b'] })).toEqual([
      'properties.list[1]: must be well-formed Unicode: it holds half of a surrogate pair',
    ]);
  });

  test('eight levels are taken, nine refused, through objects and lists alike', () => {
    expect(problems({ a: [[{ b: [[[{ c: 1 }]]] }]] })).toEqual([]);
    expect(problems({ a: [[{ b: [[[{ c: [] }]]] }]] })).toEqual([
      'properties.a[0][0].b[0][0][0].c: is nested deeper than 8 levels',
    ]);
  });

  test('64 KiB as JSON are taken, one byte more refused', () => {
    const empty = accept({ text: '' }).events[0]?.propertiesJson.byteLength ?? 0;
    const room = 64 * 1024 - empty;
    expect(problems({ text: 'x'.repeat(room) })).toEqual([]);
    expect(problems({ text: `${'x'.repeat(room - 2)}é` })).toEqual([]);
    expect(problems({ text: `${'x'.repeat(room - 1)}é` })).toEqual([
      'properties: must be at most 65536 bytes as JSON, is 65537',
    ]);
  });
});

test('whatever properties are accepted, they are carried unchanged', () => {
  const number = fc.oneof(
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
    fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 18 })).map(([n, e]) => n / 10 ** e),
  );
  const { value } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium' },
      number,
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value')),
      fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value')),
    ),
  }));
  let accepted = 0;
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value), (properties) => {
      if (problems(properties).length > 0) return;
      accepted += 1;
      const event = accept(properties).events[0];
      const carried: unknown = JSON.parse(Buffer.from(event?.propertiesJson ?? []).toString());
      const expected = { billingrails_account_id: 'acct_67890', ...properties };
      expect(carried).toEqual(JSON.parse(JSON.stringify(expected)));
      expect(isSame(carried as Json, expected)).toBe(true);
    }),
    { numRuns: 300 },
  );
  expect(accepted).toBeGreaterThan(50);
});

/** Same value; -0 and 0 are one number. */
function isSame(a: Json, b: Json): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b;
  const [keysA, keysB] = [Object.keys(a), Object.keys(b)];
  if (Array.isArray(a) !== Array.isArray(b) || keysA.length !== keysB.length) return false;
  return keysA.every((key) => {
    const [memberA, memberB] = [Reflect.get(a, key) as Json, Reflect.get(b, key) as Json];
    return Object.hasOwn(b, key) && isSame(memberA, memberB);
  });
}
