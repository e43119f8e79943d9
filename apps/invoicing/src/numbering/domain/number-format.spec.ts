import fc from 'fast-check';
import { formatViolations, numberShape, numberText, seriesViolations } from './number-format';

test.each([
  ['{series}-{number:6}', 1, 'INV-000001'],
  ['{series}-{number:6}', 999_999, 'INV-999999'],
  ['{series}-{number:6}', 1_000_000, 'INV-1000000'],
  ['{series}-{year}-{number:6}', 17, 'INV-2026-000017'],
  ['{year}/{series}/{number}', 17, '2026/INV/17'],
  ['R{series}_{number:12}', 5, 'RINV_000000000005'],
])('by %s the number %s is %s', (format, number, text) => {
  expect(formatViolations(format, 'f')).toEqual([]);
  expect(numberText(numberShape(format, 'INV', '2026'), number)).toBe(text);
});

test.each([
  ['', 'must end with {number}'],
  ['{series}-{number}-x', 'must end with {number}'],
  ['{series}-{number:0}', 'must end with {number}'],
  ['{series}-{number:13}', 'must end with {number}'],
  ['{series}-{month}-{number}', 'may hold {series}, {year} and {number} only'],
  ['{number}-{series}-{number}', 'may hold {series}, {year} and {number} only'],
  ['{series} {number}', 'may hold letters, digits'],
  ['X-{number}', 'must hold {series}'],
  ['{series}-{year}{number}', 'must have a letter'],
  ['{series}{number}', 'must have a letter'],
  ['{series}1{number}', 'must have a letter'],
  [`{series}-${'x'.repeat(40)}-{number}`, 'must have at most 40'],
])('numbers cannot be written by %p: it %s', (format, description) => {
  expect(formatViolations(format, 'settings.number_format')).toContainEqual({
    field: 'settings.number_format',
    description: expect.stringContaining(description),
  });
});

test('a series is of capital letters and digits', () => {
  expect(seriesViolations('EU1', 's')).toEqual([]);
  for (const series of ['', 'inv', 'A-B', 'ABCDEFGHIJKLM'])
    expect(seriesViolations(series, 's')).toHaveLength(1);
});

test('there is no number below 1', () => {
  for (const number of [0, -1, 1.5, Infinity])
    expect(() => numberText({ prefix: 'INV-', digits: 6 }, number)).toThrow('count from 1');
});

test('numbers of other counters never read alike, whatever formats they are written by', () => {
  const piece = fc.constantFrom('{series}', '{year}', '-', '/', '1', '2026', 'A', '_');
  const format = fc
    .tuple(fc.array(piece, { maxLength: 5 }), fc.constantFrom('{number}', '{number:2}'))
    .map(([pieces, number]) => `${pieces.join('')}${number}`);
  const written: fc.Arbitrary<Written> = fc.record({
    format,
    series: fc.constantFrom('INV', 'A1', 'A', '1'),
    year: fc.constantFrom('2026', '2027'),
    number: fc.integer({ min: 1, max: 30 }),
  });
  const sound = written.filter((each) => formatViolations(each.format, 'f').length === 0);
  fc.assert(
    fc.property(sound, sound, (one, other) => {
      const [a, b] = [textOf(one), textOf(other)];
      if (a.key !== b.key) expect(a.text).not.toBe(b.text);
    }),
  );
});

interface Written {
  readonly format: string;
  readonly series: string;
  readonly year: string;
  readonly number: number;
}

function textOf({ format, series, year, number }: Written) {
  const shape = numberShape(format, series, year);
  return { key: `${shape.prefix}#${number}`, text: numberText(shape, number) };
}
