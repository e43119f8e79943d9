import type { JsonValue } from './json';
import { readDistinctValue } from './distinct-value';

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

  test.each<[JsonValue | undefined, string]>([
    [undefined, 'missing'],
    [null, 'missing'],
    [['a'], 'not_a_scalar'],
    [{}, 'not_a_scalar'],
  ])('%j is none: %s', (value, problem) => {
    expect(readDistinctValue(value)).toEqual({ problem });
  });
});
