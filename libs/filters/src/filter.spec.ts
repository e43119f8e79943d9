import { compileFilter, type FilterOperator, type Scalar } from './filter';
import type { JsonValue } from './json';

/** Whether a filter on property "p" passes an event whose property "p" is `value`. */
function passes(
  operator: FilterOperator,
  values: readonly Scalar[],
  value: JsonValue | undefined,
): boolean {
  const properties = value === undefined ? {} : { p: value };
  return compileFilter({ property: ['p'], operator, values })(properties);
}

type Row = [FilterOperator, Scalar[], JsonValue | undefined, boolean];

/** The rules of docs/filters.md, each with its rows. */
const rules: Record<string, Row[]> = {
  'eq compares type and value': [
    ['eq', ['USA'], 'USA', true],
    ['eq', ['USA'], 'usa', false],
    ['eq', ['5'], 5, false],
    ['eq', [5], '5', false],
    ['eq', [5], 5, true],
    ['eq', [0], -0, true],
    ['eq', [true], true, true],
    ['eq', [true], 'true', false],
    ['eq', [true], 1, false],
    ['eq', [''], '', true],
    ['eq', ['a'], ['a'], false],
    ['eq', ['a'], { a: 'a' }, false],
  ],
  'eq compares numbers by their exact decimal value': [
    ['eq', [0.3], JSON.parse('0.30'), true],
    ['eq', [100], JSON.parse('1e2'), true],
    ['eq', [0.3], 0.1 + 0.2, false],
  ],
  'ne passes whatever eq does not': [
    ['ne', ['USA'], 'USA', false],
    ['ne', ['USA'], 'France', true],
    ['ne', [5], '5', true],
    ['ne', [5], ['5'], true],
  ],
  'in passes what equals one of the values': [
    ['in', ['USA'], 'USA', true],
    ['in', ['USA', 5, true], 5, true],
    ['in', ['USA', 5, true], true, true],
    ['in', ['USA', 5, true], '5', false],
    ['in', ['USA'], ['USA'], false],
  ],
  'not_in passes whatever in does not': [
    ['not_in', ['USA', 5], 'USA', false],
    ['not_in', ['USA', 5], 5, false],
    ['not_in', ['USA', 5], '5', true],
  ],
  'gt, gte, lt and lte compare numbers, and strings that hold one, by exact value': [
    ['gt', [5], 6, true],
    ['gt', [5], 5, false],
    ['gt', [5], '5.000000000000000001', true],
    ['gt', ['99999999999999999999'], '99999999999999999999.000000000000000001', true],
    ['gt', ['5'], 6, true],
    ['gte', [5], '5.0', true],
    ['gte', [5], 4.999, false],
    ['lt', [0], -0.1, true],
    ['lt', [10], '9', true],
    ['lte', [5], 5, true],
    ['lte', [5], '5.000000000000000001', false],
  ],
  'comparisons do not pass what holds no number': [
    ['gt', [0], 'five', false],
    ['gte', [0], '', false],
    ['lt', [5], true, false],
    ['lte', [5], [1], false],
    ['gt', [0], { a: 1 }, false],
    ['gt', [0], '1e400', false],
    ['between', [0, 9], 'a', false],
  ],
  'between includes both ends': [
    ['between', [1, 3], 1, true],
    ['between', [1, 3], '3', true],
    ['between', [1, 3], 3.0001, false],
    ['between', [1, 3], 0.9999, false],
    ['between', [2, 2], 2, true],
    ['between', ['1', '3'], 2, true],
  ],
  'exists passes what is there': [
    ['exists', [], 'x', true],
    ['exists', [], '', true],
    ['exists', [], 0, true],
    ['exists', [], false, true],
    ['exists', [], [], true],
    ['exists', [], {}, true],
  ],
  'missing and null pass only ne, not_in and not_exists': [
    ...[undefined, null].flatMap((value): Row[] => [
      ['ne', ['USA'], value, true],
      ['not_in', ['USA'], value, true],
      ['not_exists', [], value, true],
      ['eq', ['USA'], value, false],
      ['eq', [''], value, false],
      ['eq', [0], value, false],
      ['eq', [false], value, false],
      ['in', ['null', 0, ''], value, false],
      ['gt', [-1], value, false],
      ['gte', [0], value, false],
      ['lt', [1], value, false],
      ['lte', [0], value, false],
      ['between', [-1, 1], value, false],
      ['exists', [], value, false],
      ['contains', ['n'], value, false],
      ['starts_with', [''], value, false],
      ['ends_with', [''], value, false],
    ]),
    ['not_exists', [], '', false],
    ['not_exists', [], 0, false],
  ],
  'contains finds an element of a list by type and value': [
    ['contains', ['a'], ['a', 'b'], true],
    ['contains', ['a'], ['ab'], false],
    ['contains', [5], [1, 5], true],
    ['contains', [5], ['5'], false],
    ['contains', [true], [true], true],
    ['contains', ['a'], [['a']], false],
    ['contains', ['a'], [], false],
  ],
  'contains finds a part of a string': [
    ['contains', ['ell'], 'hello', true],
    ['contains', ['ELL'], 'hello', false],
    ['contains', [''], 'hello', true],
    ['contains', [5], 'a5', false],
    ['contains', ['5'], 55, false],
    ['contains', ['a'], { a: 1 }, false],
  ],
  'starts_with and ends_with compare strings only, and case matters': [
    ['starts_with', ['he'], 'hello', true],
    ['starts_with', ['He'], 'hello', false],
    ['starts_with', ['5'], 55, false],
    ['starts_with', ['a'], ['a'], false],
    ['ends_with', ['lo'], 'hello', true],
    ['ends_with', ['he'], 'hello', false],
    ['ends_with', ['5'], 5, false],
  ],
};

describe.each(Object.entries(rules))('%s', (_rule, rows) => {
  test.each(rows)('%s %j of %p: %s', (operator, values, value, expected) => {
    expect(passes(operator, values, value)).toBe(expected);
  });
});

test('filters look at own properties only, never at what every object has', () => {
  const passes = compileFilter({ property: ['constructor'], operator: 'exists', values: [] });
  expect(passes({})).toBe(false);
});

describe('every operator over every type of value', () => {
  /** The columns of the table in docs/filters.md. */
  const columns: [FilterOperator, Scalar[]][] = [
    ['eq', [5]],
    ['eq', ['5']],
    ['ne', [5]],
    ['gt', [4]],
    ['between', [4, 6]],
    ['exists', []],
    ['not_exists', []],
    ['contains', ['5']],
    ['starts_with', ['5']],
  ];

  test.each<[JsonValue | undefined, string]>([
    [5, '✓--✓✓✓---'],
    ['5', '-✓✓✓✓✓-✓✓'],
    ['5.0', '--✓✓✓✓-✓✓'],
    [true, '--✓--✓---'],
    [['5'], '--✓--✓-✓-'],
    [[5], '--✓--✓---'],
    [{ '5': 5 }, '--✓--✓---'],
    [null, '--✓---✓--'],
    [undefined, '--✓---✓--'],
  ])('%j: %s', (value, expected) => {
    const row = columns.map(([operator, values]) => (passes(operator, values, value) ? '✓' : '-'));
    expect(row.join('')).toBe(expected);
  });
});
