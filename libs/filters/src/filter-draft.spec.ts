import { readFilter } from './filter-draft';
import type { JsonValue } from './json';

describe('a filter is accepted in every form and stored in list form', () => {
  test.each<[JsonValue, string, JsonValue | undefined, unknown]>([
    // The form of the product's text: a list of keys and a single value.
    [['country'], 'in', 'USA', { property: ['country'], operator: 'in', values: ['USA'] }],
    // The form of the API reference: a string and a list of values.
    ['country', 'in', ['USA'], { property: ['country'], operator: 'in', values: ['USA'] }],
    ['a.b\\.c', 'eq', 5, { property: ['a', 'b.c'], operator: 'eq', values: [5] }],
    [['a.b'], 'eq', [true], { property: ['a.b'], operator: 'eq', values: [true] }],
    ['a', 'exists', undefined, { property: ['a'], operator: 'exists', values: [] }],
    ['a', 'not_exists', [], { property: ['a'], operator: 'not_exists', values: [] }],
    ['a', 'exists', null, { property: ['a'], operator: 'exists', values: [] }],
    ['a', 'between', [1, '2.5'], { property: ['a'], operator: 'between', values: [1, '2.5'] }],
    ['a', 'contains', '', { property: ['a'], operator: 'contains', values: [''] }],
  ])('property %j %s %j', (property, operator, value, expected) => {
    expect(readFilter({ property, operator, value }, 'f')).toEqual(expected);
  });
});

describe('a filter that could never do what it says is refused by field', () => {
  const many = Array.from({ length: 1001 }, (_, index) => index);
  test.each<[JsonValue | undefined, string, JsonValue | undefined, string[]]>([
    [undefined, 'eq', 'x', ['f.property']],
    [5, 'eq', 'x', ['f.property']],
    [['a', 5], 'eq', 'x', ['f.property']],
    ['', 'eq', 'x', ['f.property']],
    ['a..b', 'eq', 'x', ['f.property']],
    [[], 'eq', 'x', ['f.property']],
    ['a', 'matches', 'x', ['f.operator']],
    ['a', 'eq', undefined, ['f.value']],
    ['a', 'eq', ['x', 'y'], ['f.value']],
    ['a', 'eq', { x: 1 }, ['f.value']],
    ['a', 'in', [['x']], ['f.value']],
    ['a', 'in', [null], ['f.value']],
    ['a', 'in', [], ['f.value']],
    ['a', 'in', many, ['f.value']],
    ['a', 'exists', 'x', ['f.value']],
    ['a', 'gt', 'x', ['f.value']],
    ['a', 'gt', true, ['f.value']],
    ['a', 'lte', '1e400', ['f.value']],
    ['a', 'eq', 1e300, ['f.value']],
    ['a', 'between', [1], ['f.value']],
    ['a', 'between', [1, 'x'], ['f.value']],
    ['a', 'between', [2, 1], ['f.value']],
    ['a', 'starts_with', 5, ['f.value']],
    ['a', 'ends_with', true, ['f.value']],
    ['', 'matches', {}, ['f.property', 'f.operator', 'f.value']],
  ])('property %j %s %j: %j', (property, operator, value, fields) => {
    const read = readFilter({ property, operator, value }, 'f');
    expect(Array.isArray(read) && read.map(({ field }) => field)).toEqual(fields);
  });
});
