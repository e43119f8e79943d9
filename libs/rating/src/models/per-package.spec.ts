import { decimal, decimalText, type Decimal } from '@billingrails/money';
import fc from 'fast-check';
import { chargeViolations, rate, type PerPackagePrice } from '../index';
import { amountOf, anyAmount, quantityOf } from '../testing/whole';

const priceOf = (size: string, amount: string, free = '0', proRata = false): PerPackagePrice => ({
  kind: 'perPackage',
  packageSize: decimal(size),
  packageAmount: decimal(amount),
  freeUnits: decimal(free),
  proRata,
});

const costOf = (price: PerPackagePrice, quantity: Decimal) => {
  const charge = rate(price, { quantity, eventCount: 0n });
  expect(chargeViolations(charge, 'charge')).toEqual([]);
  return charge.amount;
};

/** Sizes, free units and quantities in thousandths. */
const figures = fc.record({
  size: fc.bigInt({ min: 1n, max: 50n }),
  free: fc.bigInt({ min: 0n, max: 60n }),
  parts: fc.bigInt({ min: -300n, max: 300n }),
  amount: anyAmount,
  proRata: fc.boolean(),
});

test('packages are opened one after the other until the units that are not free are in one', () => {
  fc.assert(
    fc.property(figures, ({ size, free, parts, amount }) => {
      let packages = 0n;
      for (let left = parts - free; parts > 0n && left > 0n; left -= size) packages += 1n;
      // Taken back, a package comes back once all of its units have.
      for (let left = parts; left <= -size; left += size) packages -= 1n;
      const price = {
        ...priceOf('1', '1'),
        packageSize: quantityOf(size),
        freeUnits: quantityOf(free),
      };
      const cost = costOf({ ...price, packageAmount: amountOf(amount) }, quantityOf(parts));
      expect(cost).toEqual(amountOf(amount * packages));
    }),
    { numRuns: 300 },
  );
});

test('pro rata, so many packages cost exactly what their units do, to the 36th digit', () => {
  fc.assert(
    fc.property(figures, ({ size, free, parts, amount }) => {
      const billed = parts < 0n ? parts : parts > free ? parts - free : 0n;
      const price = {
        ...priceOf('1', '1'),
        packageSize: quantityOf(size),
        freeUnits: quantityOf(free),
      };
      const cost = costOf(
        { ...price, packageAmount: amountOf(amount), proRata: true },
        quantityOf(parts),
      );
      const off = cost
        .mul(decimal(size))
        .sub(amountOf(amount * billed))
        .abs();
      expect(off.lte(decimal(size).mul(decimal('1e-36')))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('more never costs less', () => {
  fc.assert(
    fc.property(figures, fc.nat(100), ({ size, free, parts, amount, proRata }, more) => {
      const price = {
        ...priceOf('1', '1', '0', proRata),
        packageSize: quantityOf(size),
        freeUnits: quantityOf(free),
        packageAmount: amountOf(amount),
      };
      const greater = costOf(price, quantityOf(parts + BigInt(more)));
      expect(costOf(price, quantityOf(parts)).lte(greater)).toBe(true);
    }),
  );
});

test.each([
  [priceOf('10', '15'), '0', '0'], // nothing opens no package
  [priceOf('10', '15'), '0.1', '15'], // a begun package is charged whole
  [priceOf('10', '15'), '10', '15'], // the boundary unit is in the package
  [priceOf('10', '15'), '10.001', '30'],
  [priceOf('10', '15', '5'), '5', '0'],
  [priceOf('10', '15', '5'), '15', '15'],
  [priceOf('10', '15', '5'), '15.5', '30'],
  [priceOf('10', '15'), '-9', '0'], // no whole package came back
  [priceOf('10', '15', '5'), '-25', '-30'], // two did; of a credit nothing is free
  [priceOf('10', '15', '0', true), '4', '6'],
  [priceOf('10', '15', '5', true), '9', '6'],
  [priceOf('10', '15', '0', true), '-4', '-6'],
  [priceOf('3', '0.015', '0', true), '1', '0.005'], // no third is rounded on the way
  [priceOf('3', '1', '0', true), '1', `0.${'3'.repeat(36)}`],
])('by %j, %s units cost %s', (price, quantity, amount) => {
  expect(decimalText(costOf(price, decimal(quantity)))).toBe(amount);
});
