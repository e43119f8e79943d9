import { groupOfValues } from '../../domain/group';
import { compileProfile } from './profile';

describe('a compiled profile', () => {
  const rules = {
    number: 1,
    method: 'sum',
    property: 'n',
    filters: [],
    groupBy: ['kind'],
  } as const;
  const all = { fromMs: -Infinity, toMs: Infinity };

  test('looks only at events from its first instant to that of the next version', () => {
    const { evaluate } = compileProfile({ profile: rules, fromMs: 10, toMs: 20 });
    const kinds = [9, 10, 19, 20].map((timestampMs) => evaluate({ n: 1 }, timestampMs).kind);
    expect(kinds).toEqual(['filtered_out', 'counted', 'counted', 'filtered_out']);
    expect(evaluate(undefined, 9).kind).toBe('filtered_out');
    expect(evaluate(undefined, 10)).toEqual({ kind: 'unusable', reason: 'unreadable' });
  });

  test('counts what passes its flat filters and its tree', () => {
    const has = (key: string) => ({ property: [key], operator: 'exists', values: [] }) as const;
    const filter = { negated: { any: [has('b'), has('c')] } };
    const profile = { ...rules, filters: [has('a')], filter };
    const { evaluate } = compileProfile({ profile, ...all });
    const kindOf = (...keys: string[]) =>
      evaluate(Object.fromEntries(['n', ...keys].map((key) => [key, 1])), 0).kind;
    expect(kindOf('a')).toBe('counted');
    expect([kindOf(), kindOf('a', 'c'), kindOf('b')]).toEqual(Array(3).fill('filtered_out'));
  });

  test('counts with the value and the group', () => {
    const { evaluate } = compileProfile({ profile: rules, ...all });
    expect(evaluate({ n: '1.5', kind: 'x' }, 0)).toEqual({
      kind: 'counted',
      value: 1_500_000_000_000_000_000n,
      group: groupOfValues(['x']),
    });
    expect(evaluate({ n: 'x' }, 0)).toEqual({ kind: 'unusable', reason: 'not_a_number' });
  });
});
