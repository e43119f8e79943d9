import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import { Decimal128 } from 'mongodb';
import { fromPair, toDecimal, toPair } from './decimal-pair';

const GREATEST = 10n ** 34n - 1n;

test('an integer of up to 34 digits is written as the driver writes it', () => {
  const integers = fc.oneof(
    fc.bigInt(-GREATEST, GREATEST),
    fc.bigInt(-(2n ** 65n), 2n ** 65n),
    fc.constantFrom(0n, 1n, -1n, 2n ** 64n, 2n ** 64n - 1n, GREATEST, -GREATEST),
  );
  fc.assert(
    fc.property(integers, (integer) => {
      const expected = Decimal128.fromString(integer.toString());
      expect(Buffer.from(toDecimal(integer).bytes)).toEqual(Buffer.from(expected.bytes));
    }),
    { numRuns: howMany(500, 2000) },
  );
});

test('a quantity comes back as it was, to the last digit', () => {
  const greatest = 10n ** 38n - 1n;
  fc.assert(
    fc.property(fc.bigInt(-greatest, greatest), (quantity) => {
      expect(fromPair(toPair(quantity))).toBe(quantity);
    }),
  );
  expect(fromPair({})).toBe(0n);
});

test('a part of more than 34 digits is not read as something else', () => {
  const tooMany = Decimal128.fromString('1E34');
  expect(() => fromPair({ w: tooMany, f: toDecimal(0n) })).toThrow('has no exponent');
});
