import { decimalText } from './decimal';
import { parsePlainDecimal, plainDecimal } from './plain-decimal';

test.each([
  ['20.00', '20'],
  ['0', '0'],
  ['000', '0'],
  ['00.50', '0.5'],
  ['007.5', '7.5'],
  ['-3', '-3'],
  ['-003.10', '-3.1'],
  ['-0', '0'],
  ['00000000000000000001.000000000000000001', '1.000000000000000001'],
])('%s, as a caller may write it, is %s', (text, written) => {
  expect(decimalText(plainDecimal(text))).toBe(written);
});

test.each(['', '-', '+1', '.5', '1.', '1e3', '0E0', '--1', '1,5', ' 1', 'NaN', '0x1'])(
  '"%s" is no plain decimal',
  (text) => {
    expect(parsePlainDecimal(text)).toBeUndefined();
    expect(() => plainDecimal(text)).toThrow('the contract has looked');
  },
);
