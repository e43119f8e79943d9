import fc from 'fast-check';
import { quantityText, readQuantity } from './quantity';

describe('a quantity', () => {
  test.each([
    [0.1, '0.1'],
    [-0, '0'],
    [240, '240'],
    [1e-7, '0.0000001'],
    [9007199254740991, '9007199254740991'],
    [-2.5, '-2.5'],
    ['5', '5'],
    ['0.30', '0.3'],
    ['-0.0', '0'],
    ['1e3', '1000'],
    ['12.5E-1', '1.25'],
    ['99999999999999999999.999999999999999999', '99999999999999999999.999999999999999999'],
    ['-99999999999999999999.999999999999999999', '-99999999999999999999.999999999999999999'],
    ['0.000000000000000001', '0.000000000000000001'],
  ])('is read from %j as exactly %s', (value, text) => {
    const quantity = readQuantity(value);
    expect(typeof quantity === 'bigint' && quantityText(quantity)).toBe(text);
  });

  test.each([
    [undefined, 'missing'],
    [null, 'missing'],
    [true, 'not_a_number'],
    [[5], 'not_a_number'],
    [{ value: 5 }, 'not_a_number'],
    ['', 'not_a_number'],
    ['five', 'not_a_number'],
    [' 5', 'not_a_number'],
    ['+5', 'not_a_number'],
    ['05', 'not_a_number'],
    ['.5', 'not_a_number'],
    ['5.', 'not_a_number'],
    ['0x10', 'not_a_number'],
    ['1_000', 'not_a_number'],
    ['NaN', 'not_a_number'],
    ['Infinity', 'not_a_number'],
    ['100000000000000000000', 'out_of_range'],
    ['0.0000000000000000001', 'out_of_range'],
    ['1e999999999', 'out_of_range'],
    [1e300, 'out_of_range'],
    [1e-30, 'out_of_range'],
  ])('is not read from %j: %s', (value, problem) => {
    expect(readQuantity(value)).toBe(problem);
  });

  test('is read and written without losing a digit, whatever its digits', () => {
    const units = fc.bigInt(-(10n ** 38n) + 1n, 10n ** 38n - 1n);
    fc.assert(
      fc.property(units, (quantity) => {
        expect(readQuantity(quantityText(quantity))).toBe(quantity);
      }),
    );
  });
});
