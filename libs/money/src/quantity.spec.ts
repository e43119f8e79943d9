import fc from 'fast-check';
import { decimal, decimalText, fitsQuantity, parseDecimal } from './index';

const parsed = (text: string): string | undefined => {
  const value = parseDecimal(text);
  return value && decimalText(value);
};

test.each([
  ['0', '0'],
  ['-0', '0'],
  ['0.50', '0.5'],
  ['-3', '-3'],
  ['1e3', '1000'],
  ['2.5E-3', '0.0025'],
  ['1e+0', '1'],
  ['0e999999999999999999999', '0'],
  ['0.5000000000000000000000000000000', '0.5'],
  ['100e-2', '1'],
  ['99999999999999999999', '99999999999999999999'],
  ['-99999999999999999999.999999999999999999', '-99999999999999999999.999999999999999999'],
  ['0.000000000000000001', '0.000000000000000001'],
  ['1e19', '10000000000000000000'],
  ['0.00000000000000000001e2', '0.000000000000000001'],
])('the number %s is the quantity %s', (text, quantity) => {
  expect(parsed(text)).toBe(quantity);
});

test.each([
  ...[
    '',
    ' ',
    ' 1',
    '1 ',
    '1\n',
    '+1',
    '--1',
    '01',
    '-01',
    '.5',
    '5.',
    '1.e3',
    '1e',
    '1e+',
    'e3',
    '1.2.3',
    '1_000',
  ],
  ...[
    '1,000',
    '0x10',
    '0b1',
    '1n',
    'NaN',
    'Infinity',
    '-Infinity',
    'null',
    'true',
    '\u0661',
    '\uff11',
    '½',
    '1e3.5',
    '"1"',
  ],
])('%j is no number of JSON and no quantity', (text) => {
  expect(parseDecimal(text)).toBeUndefined();
});

test.each([
  ['21 digits before the point', '100000000000000000000'],
  ['21 digits by exponent', '1e20'],
  ['19 digits after the point', '0.0000000000000000001'],
  ['19 digits by exponent', '1e-19'],
  ['a 19th digit among others', '1.1000000000000000001'],
  ['an enormous exponent', '1e999999999'],
  ['an exponent beyond a double', `1e${'9'.repeat(400)}`],
  ['a vanishing number, which is not 0', '1e-99999999999999999999'],
  ['a vanishing number with a fraction', '0.0001e-999999999'],
])('%s is out of bounds', (_what, text) => {
  expect(parseDecimal(text)).toBeUndefined();
});

const double = fc.double({ noNaN: true, noDefaultInfinity: true });

test('whatever JSON writes for a number is read as exactly that number, or is out of bounds', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        double,
        double.map((n) => n % 1e21),
        fc.double({ min: -1, max: 1, noNaN: true }),
      ),
      (number) => {
        const value = parseDecimal(JSON.stringify(number));
        const [mantissa = '', exponent = '0'] = String(number).split('e');
        const fractionDigits = (mantissa.split('.')[1] ?? '').length - Number(exponent);
        const outOfBounds = Math.abs(number) >= 1e20 || fractionDigits > 18;
        expect(value === undefined).toBe(outOfBounds);
        if (value) expect(Number(decimalText(value))).toBe(number === 0 ? 0 : number);
      },
    ),
    { numRuns: 300 },
  );
});

test('what is read, written and read again is the same', () => {
  const text = fc.stringMatching(/^-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,18})?$/);
  fc.assert(
    fc.property(text, (original) => {
      const once = parsed(original);
      expect(once).toBeDefined();
      expect(parsed(once ?? '')).toBe(once);
    }),
  );
});

test('four million digits take no more than linear time', () => {
  expect(parsed(`0.5${'0'.repeat(4_000_000)}`)).toBe('0.5');
  expect(parseDecimal('9'.repeat(4_000_000))).toBeUndefined();
});

test('a sum of quantities may no longer fit one', () => {
  const most = decimal('99999999999999999999.999999999999999999');
  expect(fitsQuantity(most)).toBe(true);
  expect(fitsQuantity(most.add(decimal('0.000000000000000001')))).toBe(false);
  expect(fitsQuantity(most.mul(decimal('0.1')))).toBe(false);
});
