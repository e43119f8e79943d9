import type { ModelBook, TierBook } from '../history';
import { priced } from './terms';
import { decimalText, rational } from '../rational';

const tier = (upTo: string, unitAmount: string, flatAmount = '0'): TierBook => ({
  upTo,
  unitAmount,
  flatAmount,
});
const graduated: ModelBook = {
  kind: 'graduated',
  tiers: [tier('100', '1', '5'), tier('200', '0.5', '7'), tier('', '0.1')],
};
const volume: ModelBook = {
  kind: 'volume',
  tiers: [tier('100', '2', '10'), tier('200', '1'), tier('', '0.5', '50')],
};
const packages: ModelBook = {
  kind: 'per_package',
  packageSize: '10',
  packageAmount: '15',
  freeUnits: '5',
  proRata: false,
};
const stairs: ModelBook = {
  kind: 'stairstep',
  tiers: [tier('5', '0', '100'), tier('', '0', '150')],
};
const percentage: ModelBook = {
  kind: 'percentage',
  percent: '1.3',
  fixedAmount: '2',
  freeAmount: '250',
  freeEvents: '2',
};

test.each([
  [graduated, '0', '0'],
  [graduated, '100', '105'],
  [graduated, '100.001', '112.0005'],
  [graduated, '200', '162'],
  [graduated, '-150', '-150'],
  [volume, '0', '0'],
  [volume, '100', '210'],
  [volume, '100.001', '100.001'],
  [volume, '200.5', '150.25'],
  [volume, '-150', '-300'],
  [packages, '15.5', '30'],
  [packages, '-25', '-30'],
  [packages, '-9', '0'],
  [stairs, '0', '0'],
  [stairs, '0.001', '100'],
  [stairs, '5.5', '150'],
])('by %j, as docs/pricing.md has it, %s units come to %s', (model, units, amount) => {
  expect(decimalText(priced(model, {}, rational(units), 0))).toBe(amount);
});

test.each([
  ['800', 4, '11.15'],
  ['250', 2, '0'],
  ['0', 3, '2'],
  ['-100', 1, '-1.3'],
])('a percentage of %s in %s events comes to %s', (sum, events, amount) => {
  expect(decimalText(priced(percentage, {}, rational(sum), events))).toBe(amount);
});

test('what is agreed beside a price is applied in the order of docs/pricing.md', () => {
  const each: ModelBook = { kind: 'per_unit', unitAmount: '10' };
  const of = (units: string, terms: Parameters<typeof priced>[1]) =>
    decimalText(priced(each, terms, rational(units), 0));
  expect(of('1400', { divisor: '1000' })).toBe('14');
  expect(of('1400', { divisor: '1000', rounding: 'up', includedUnits: '0.5' })).toBe('15');
  expect(of('-1400', { divisor: '1000', rounding: 'up' })).toBe('-10');
  expect(of('0', { minimum: '50', percentOff: '10' })).toBe('45');
  expect(of('6', { maximum: '50' })).toBe('50');
  expect(of('3', { amountOff: '31' })).toBe('0');
});
