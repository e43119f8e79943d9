import type { JsonValue } from './json';
import { distinctTextOf, readDistinctValue, shownDistinctValue } from './distinct-value';

describe('a distinct value', () => {
  test.each<[JsonValue, JsonValue]>([
    [1, JSON.parse('1.0')],
    [0.1, JSON.parse('1e-1')],
    [0, -0],
  ])('%j and %j are one: numbers with the same decimal value', (a, b) => {
    expect(readDistinctValue(a)).toEqual(readDistinctValue(b));
  });

  test.each<[JsonValue, JsonValue]>([
    [1, '1'],
    ['1', '1.0'],
    [true, 'true'],
    [1, true],
    ['a', 'A'],
    ['', ' '],
    ['x'.repeat(65), 'x'.repeat(66)],
    ['n:1', 1],
  ])('%j and %j are two', (a, b) => {
    expect(readDistinctValue(a)).not.toEqual(readDistinctValue(b));
  });

  test('is a short text however long the value is', () => {
    const read = readDistinctValue('x'.repeat(60_000));
    expect('text' in read && read.text.length).toBe(45);
  });

  test.each<string | number | boolean>([
    '',
    'eu',
    5,
    true,
    'x'.repeat(65),
    `sha256:${'a'.repeat(43)}`,
  ])('%j is found by what it is shown as, and by itself', (value) => {
    const read = readDistinctValue(value);
    const text = 'text' in read ? read.text : '';
    expect(distinctTextOf(shownDistinctValue(text))).toBe(text);
  });

  test('no text reads like what another one is shown as', () => {
    const read = readDistinctValue('x'.repeat(65));
    const shown = shownDistinctValue('text' in read ? read.text : '');
    expect(shown).toMatch(/^sha256:[\w-]{43}$/);
    expect(readDistinctValue(shown)).not.toEqual(read);
    expect(distinctTextOf(shown)).toBe('text' in read && read.text);
  });

  test.each<[JsonValue | undefined, string]>([
    [undefined, 'missing'],
    [null, 'missing'],
    [['a'], 'not_a_scalar'],
    [{}, 'not_a_scalar'],
  ])('%j is none: %s', (value, problem) => {
    expect(readDistinctValue(value)).toEqual({ problem });
  });
});
