import fc from 'fast-check';
import { isExactNumber } from './number-literal';

test.each([
  ['0', true],
  ['-0', true],
  ['0.1', true],
  ['1e21', true],
  ['1E+2', true],
  ['0.10', true],
  ['100000000000000000000', true], // its double's shortest decimal is the same number
  ['9007199254740991', true],
  ['9007199254740992', true],
  ['9007199254740993', false], // would be …992
  ['9007199254740990.7', false],
  ['4503599627370495.5', true],
  ['4503599627370497.5', false],
  ['1234567890123456.78', false],
  ['0.30000000000000004', true],
  ['0.300000000000000041', false],
  ['5e-324', true],
  ['4.9e-324', false],
  ['1e-400', false], // would be 0
  ['1e309', false], // would be infinite
  ['0e999', true],
  ['1.7976931348623157e308', true],
])('%s is exact as a number of JSON: %s', (literal, exact) => {
  expect(isExactNumber(literal)).toBe(exact);
});

/** The value of a literal as a fraction of whole numbers, told without doubles. */
function fractionOf(literal: string): readonly [bigint, bigint] {
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const power = Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  return power < 0 ? [digits, 10n ** BigInt(-power)] : [digits * 10n ** BigInt(power), 1n];
}

const literals = fc
  .tuple(
    fc.bigInt({ min: 0n, max: 10n ** 19n }).map(String),
    fc.option(fc.stringMatching(/^\d{1,20}$/)),
    fc.option(fc.integer({ min: -330, max: 310 })),
  )
  .map(([whole, fraction, exponent]) =>
    [whole, fraction === null ? '' : `.${fraction}`, exponent === null ? '' : `e${exponent}`].join(
      '',
    ),
  );

test('a number is exact when it equals the shortest decimal of its double, and only then', () => {
  fc.assert(
    fc.property(literals, (literal) => {
      const shortest = String(Number(literal));
      if (shortest === 'Infinity') return !isExactNumber(literal);
      const [a, b] = fractionOf(literal);
      const [c, d] = fractionOf(shortest);
      return isExactNumber(literal) === (a * d === c * b);
    }),
    { numRuns: 300 },
  );
});

test('what a double prints is exact', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (double) =>
      isExactNumber(JSON.stringify(double)),
    ),
    { numRuns: 300 },
  );
});

test('a literal of millions of digits is judged, too', () => {
  expect(isExactNumber(`1${'0'.repeat(2_000_000)}1`)).toBe(false);
});
