import fc from 'fast-check';
import type { Filter, FilterOperator, Scalar } from './filter';
import { compileFilterNode, conditionsOf, type FilterNode } from './filter-node';
import type { JsonObject } from './json';
import { oraclePasses } from './testing/oracle';

const local: Filter = { property: ['call', 'kind'], operator: 'eq', values: ['local'] };
const long: Filter = { property: ['call', 'seconds'], operator: 'gt', values: [60] };
const passes = (node: FilterNode, kind: string, seconds: number) =>
  compileFilterNode(node)({ call: { kind, seconds } });

describe('a tree of filters', () => {
  test('all passes when each of its members passes', () => {
    expect(passes({ all: [local, long] }, 'local', 61)).toBe(true);
    expect(passes({ all: [local, long] }, 'local', 60)).toBe(false);
    expect(passes({ all: [local, long] }, 'abroad', 61)).toBe(false);
  });

  test('any passes when at least one of its members passes', () => {
    expect(passes({ any: [local, long] }, 'local', 60)).toBe(true);
    expect(passes({ any: [local, long] }, 'abroad', 61)).toBe(true);
    expect(passes({ any: [local, long] }, 'abroad', 60)).toBe(false);
  });

  test('not passes exactly what its member does not, also where the property is missing', () => {
    expect(passes({ negated: long }, 'local', 60)).toBe(true);
    expect(passes({ negated: long }, 'local', 61)).toBe(false);
    expect(compileFilterNode({ negated: long })({})).toBe(true);
    expect(compileFilterNode({ negated: long })({ call: { seconds: 'five' } })).toBe(true);
  });

  test('without conditions passes everything', () => {
    expect(compileFilterNode({ all: [] })({})).toBe(true);
  });

  test('knows its conditions, in the order they are written', () => {
    expect(conditionsOf({ any: [{ negated: long }, { all: [local, long] }] })).toEqual([
      long,
      local,
      long,
    ]);
  });
});

/** Values from narrow pools, so that conditions pass about as often as not. */
const scalars = fc.constantFrom<Scalar>(
  ...['local', 'l', '', '5', '5.0', '1e3', 'five', true, false, 0, 5, -0.5, 0.3, 1000],
  ...['99999999999999999999.5', '0.000000000000000001'],
);
const numbers = fc.constantFrom<Scalar>(0, 5, '5.0', -0.5, '1e3', '0.000000000000000001');
const texts = fc.constantFrom<Scalar>('l', 'local', 'al', '5', '');
const tuple = (values: fc.Arbitrary<Scalar>, least = 1, most = 1) =>
  fc.array(values, { minLength: least, maxLength: most });
const operands: Record<FilterOperator, fc.Arbitrary<Scalar[]>> = {
  eq: tuple(scalars),
  ne: tuple(scalars),
  in: tuple(scalars, 1, 4),
  not_in: tuple(scalars, 1, 4),
  gt: tuple(numbers),
  gte: tuple(numbers),
  lt: tuple(numbers),
  lte: tuple(numbers),
  between: fc.constantFrom<Scalar[]>([0, 5], ['-1', '0.3'], [5, '5.0'], [-0.5, '1e3']),
  exists: fc.constant([]),
  not_exists: fc.constant([]),
  contains: tuple(scalars),
  starts_with: tuple(texts),
  ends_with: tuple(texts),
};
const paths = fc
  .constantFrom([['p'], ['p', 'q.r'], ['q.r'], ['constructor']] as string[][])
  .chain((all) => fc.constantFrom(...all));
const conditions: fc.Arbitrary<Filter> = fc
  .constantFrom(...(Object.keys(operands) as FilterOperator[]))
  .chain((operator) =>
    fc.record({ property: paths, operator: fc.constant(operator), values: operands[operator] }),
  );
const { tree: trees } = fc.letrec<{ tree: FilterNode }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    conditions,
    fc.record({ all: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ negated: tie('tree') }),
  ),
}));
const leaves = fc.oneof(scalars, fc.constant(null), fc.array(scalars, { maxLength: 3 }));
const values = fc.oneof(leaves, fc.record({ 'q.r': leaves }, { requiredKeys: [] }));
const properties = fc.record({ p: values, 'q.r': leaves }, { requiredKeys: [] });

test('trees of any conditions over any properties pass what the oracle says', () => {
  let passed = 0;
  fc.assert(
    fc.property(trees, properties, (tree, given) => {
      const text = JSON.stringify(given);
      const expected = oraclePasses(JSON.stringify(tree), text);
      expect(compileFilterNode(tree)(JSON.parse(text) as JsonObject)).toBe(expected);
      passed += Number(expected);
    }),
    {
      numRuns: 5000,
      // The empty text is in every text, also in itself.
      examples: [[{ property: ['p'], operator: 'contains', values: [''] }, { p: '' }]],
    },
  );
  expect(passed).toBeGreaterThan(1000);
  expect(passed).toBeLessThan(4000);
});
