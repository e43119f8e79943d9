import { parsePath, pathProblem, readPath } from './property-path';

describe('a property path', () => {
  test.each([
    ['duration', ['duration']],
    ['a.b.c', ['a', 'b', 'c']],
    ['a\\.b.c', ['a.b', 'c']],
    ['a\\\\.b', ['a\\.b']],
    ['back\\slash', ['back\\slash']],
    ['a..b', ['a', '', 'b']],
    ['', ['']],
    ['.', ['', '']],
    ['$where.0', ['$where', '0']],
  ])('%j has the keys %j', (text, keys) => {
    expect(parsePath(text)).toEqual(keys);
  });

  test.each([
    [[''], 'must have no empty key'],
    [[], 'must have no empty key'],
    [Array.from({ length: 9 }, () => 'a'), 'must have at most 8 keys'],
    [
      ['a'.repeat(129)],
      `must have keys that events can have: "${'a'.repeat(64)}…" must have at most 128 characters`,
    ],
    [['a', '__proto__'], 'must have keys that events can have: "__proto__" is not allowed'],
    [
      ['a\u0000b'],
      'must have keys that events can have: "a\\u0000b" must not hold control characters',
    ],
    [['a', 'b'], undefined],
  ])('of keys %j has the problem %j', (path, problem) => {
    expect(pathProblem(path)).toBe(problem);
  });

  const properties = JSON.parse(
    '{"a":{"b":1,"c.d":[{"e":2}]},"n":null,"s":"text","__proto__":{"x":5}}',
  );

  test.each([
    [['a', 'b'], 1],
    [['a', 'c.d'], [{ e: 2 }]],
    [['a', 'c.d', '0'], undefined],
    [['a', 'missing'], undefined],
    [['n'], null],
    [['n', 'x'], undefined],
    [['s', 'length'], undefined],
    [['constructor'], undefined],
    [['a', 'toString'], undefined],
    [['__proto__', 'x'], 5],
  ])('%j reads %j', (path, value) => {
    expect(readPath(properties, path)).toEqual(value);
  });
});
