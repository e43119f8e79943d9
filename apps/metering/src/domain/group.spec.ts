import fc from 'fast-check';
import { groupOf, groupOfValues, groupValues, NO_GROUP } from './group';

describe('a group', () => {
  const paths = [['region'], ['plan', 'tier']];

  test('is made of the values at each path, in their order', () => {
    const group = groupOf({ plan: { tier: 2 }, region: 'eu' }, paths);
    expect(groupValues(group)).toEqual(['eu', 2]);
    expect(group).toBe(groupOfValues(['eu', 2]));
  });

  test('of events without the property, or with a null, a list or an object, is one of its own', () => {
    const lacking = [{}, { region: null }, { region: ['eu'] }, { region: { a: 1 }, plan: 'x' }];
    const groups = new Set(lacking.map((properties) => groupOf(properties, paths)));
    expect([...groups].map(groupValues)).toEqual([[null, null]]);
  });

  test('tells values apart as distinct values are: by type, and numbers by their value', () => {
    const values = ['1', 1, true, 'true', '', null, '["s:a"]', 's:', '1.0'];
    expect(new Set(values.map((value) => groupOfValues([value]))).size).toBe(values.length);
    expect(groupOfValues([1])).toBe(groupOfValues([JSON.parse('1.0')]));
    expect(groupOfValues(['a', 'b'])).not.toBe(groupOfValues(['a,b', null]));
  });

  test('of long texts has a short name, and is shown by its hash', () => {
    const group = groupOfValues(['x'.repeat(60_000)]);
    expect(group.length).toBeLessThan(64);
    expect(groupValues(group)).toEqual([expect.stringMatching(/^sha256:[\w-]{43}$/)]);
  });

  test('without paths is the one group there is', () => {
    expect(groupOf({ region: 'eu' }, [])).toBe(NO_GROUP);
    expect(groupValues(NO_GROUP)).toEqual([]);
  });

  test('gives back its values, whatever they are', () => {
    const scalar = fc.oneof(
      fc.string({ maxLength: 64, unit: 'binary' }).filter((text) => text.length <= 64),
      fc.boolean(),
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
    );
    fc.assert(
      fc.property(fc.array(scalar, { minLength: 1, maxLength: 3 }), (values) => {
        expect(groupValues(groupOfValues(values))).toEqual(values);
      }),
    );
  });
});
