import fc from 'fast-check';
import { createIdSource, derivedId, derivedIdAt, isAccountId, parseId } from './index';

const jan2024Ms = 1_704_067_200_000;
/** A fixed sequence in [0, 1), so that a failure can be repeated. */
function dice(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

describe('new ids', () => {
  test('have their prefix and a lower-case ULID of the given time and randomness', () => {
    const id = createIdSource(
      () => jan2024Ms,
      () => 0,
    ).next('mtr');
    expect(id).toBe('mtr_01hk153x000000000000000000');
    expect(
      createIdSource(
        () => jan2024Ms,
        () => 0.999,
      ).next('sub'),
    ).toBe('sub_01hk153x00zzzzzzzzzzzzzzzz');
  });

  test('rise, also within a millisecond and when the clock goes back', () => {
    const clock = fc.array(fc.integer({ min: 1, max: 2_000_000_000_000 }), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(clock, fc.integer({ min: 1, max: 2_000_000 }), (times, seed) => {
        let at = 0;
        const source = createIdSource(() => times[at++ % times.length] ?? 1, dice(seed));
        const ids = Array.from({ length: 60 }, () => source.next('org'));
        expect([...ids].sort()).toEqual(ids);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.map((id) => parseId('org', id))).toEqual(ids);
      }),
    );
  });

  test('repeat with the same clock and randomness: nothing else is read', () => {
    const first = createIdSource(() => jan2024Ms, dice(7));
    const second = createIdSource(() => jan2024Ms, dice(7));
    for (let i = 0; i < 20; i += 1) expect(first.next('fee')).toBe(second.next('fee'));
  });

  test.each([0, -1, Number.NaN, 1.5, Infinity])('are refused at the impossible time %p', (ms) => {
    expect(() =>
      createIdSource(
        () => ms,
        () => 0,
      ).next('mtr'),
    ).toThrow('an id is made after 1970');
  });
});

test('a derived id of an instant sorts by it, and is the same each time', () => {
  const ids = [1, 2, 70_000, jan2024Ms].map((ms) => derivedIdAt('cgr', ms, 'one', 'two'));
  expect([...ids].sort()).toEqual(ids);
  expect(ids.map((id) => parseId('cgr', id))).toEqual(ids);
  expect(derivedIdAt('cgr', jan2024Ms, 'one', 'two')).toBe(ids[3]);
  expect(ids[3]).toMatch(/^cgr_01hk153x00/);
  expect(derivedIdAt('cgr', jan2024Ms, 'one', 'three')).not.toBe(ids[3]);
});

describe('parsing', () => {
  const body = '01hk153x000000000000000000';
  test('accepts what was made', () => {
    expect(parseId('mtr', `mtr_${body}`)).toBe(`mtr_${body}`);
    expect(parseId('plan', derivedId('plan', 'a'))).toBe(derivedId('plan', 'a'));
  });

  test.each([
    ['nothing', ''],
    ['a bare body', body],
    ['another prefix', `plan_${body}`],
    ['a longer prefix', `xmtr_${body}`],
    ['no separator', `mtr${body}`],
    ['upper case', `mtr_${body.toUpperCase()}`],
    ['an upper-case prefix', `MTR_${body}`],
    ['a character short', `mtr_${body.slice(1)}`],
    ['a character long', `mtr_${body}0`],
    ['more than 128 bits', `mtr_8${body.slice(1)}`],
    ['letters outside the alphabet', `mtr_${body.slice(0, -1)}i`],
    ['a space before', ` mtr_${body}`],
    ['a line feed after', `mtr_${body}\n`],
  ])('refuses %s', (_what, text) => {
    expect(parseId('mtr', text)).toBeUndefined();
  });
});

describe('derived ids', () => {
  test('never change: they are stored', () => {
    expect(derivedId('bill', 'org_1', 'sub_1', '0')).toMatchInlineSnapshot(
      `"bill_3yyrde81n45az6db9s9wwyfzjg"`,
    );
    expect(derivedId('inv')).toBe('inv_1bskvzmmndtt1de2nt8dxzjj2n');
  });

  test('are the same for the same parts, and differ for other parts, however these join', () => {
    const parts = fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(derivedId('inv', ...a) === derivedId('inv', ...b)).toBe(same);
        expect(parseId('inv', derivedId('inv', ...a))).toBe(derivedId('inv', ...a));
      }),
    );
    expect(derivedId('inv', 'ab', 'c')).not.toBe(derivedId('inv', 'a', 'bc'));
    expect(derivedId('inv', 'a')).not.toBe(derivedId('inv', 'a', ''));
  });

  test('of two kinds differ after the prefix too', () => {
    expect(derivedId('inv', 'a').slice(4)).not.toBe(derivedId('bill', 'a').slice(4));
  });

  test('refuse parts that UTF-8 cannot tell apart', () => {
    expect(() => derivedId('inv', '\ud800')).toThrow('well-formed Unicode');
    expect(() => derivedId('inv', '😀')).not.toThrow();
  });
});

describe('account ids', () => {
  test.each(['a', '7', 'acct_67890', 'jane@example.com', 'eu:tenant-1.b', 'A'.repeat(128)])(
    '%s is one',
    (text) => {
      expect(isAccountId(text)).toBe(true);
    },
  );

  test.each([
    '',
    '_a',
    '-a',
    '.',
    '@x',
    'a b',
    'a/b',
    'a$b',
    'é',
    'a\n',
    'a\0',
    'A'.repeat(129),
    '__proto__',
  ])('%j is none', (text) => {
    expect(isAccountId(text)).toBe(false);
  });
});
