import { decimal } from '@billingrails/money';
import { makeStep } from '@billingrails/rating';
import { RATED_STEPS } from '@billingrails/rating/testing';
import { stepText } from './step-views';
import { LANGUAGES, WORDS } from '../words';

const minus = '\u2212';

test.each([
  ['flat', 'Flat amount', '20.00'],
  ['units', '', `${minus}3 × 0.25`],
  ['packages', '', `(121 ${minus} 5) × 100.00 ÷ 10`],
  ['tier', 'over 100 up to 200', '3 packages of 20 × 0.50 + 7.00'],
  ['percentage', '', `(800.00 ${minus} 250.00) × 1.3 % + (4 ${minus} 1) × 2.00`],
  ['percentageTier', 'over 10 up to 20', '10.00 × 2 % + 300.00'],
  ['transactions', 'Transactions at most 1.75', '2 × 1.75'],
  ['reported', 'As the events report', '12.34'],
  ['divided', 'Counted in units of 1,000', '7,400 ÷ 1,000 → 8, rounded up'],
  ['included', 'Included: 2', '2 used'],
  ['minimum', 'At least 5.00', `5.00 ${minus} 3.00`],
  ['maximum', 'At most 5.00', `5.00 ${minus} 7.00`],
  ['percentOff', '10 % off', `${minus}10 % × 7.00`],
  ['amountOff', '0.50 off', 'of 7.00'],
  ['rolledOver', 'Carried over: 9', '2.5 used'],
  ['commitment', 'Committed: 100.00', `(120.50 ${minus} 100.00) × (1.5 ${minus} 1)`],
  ['spread', 'Part of 10.00', '30.50 of 75.00'],
] as const)('a step of %s reads "%s: %s"', (kind, label, calculation) => {
  expect(stepText(RATED_STEPS[kind], 'USD', WORDS.en)).toEqual({ label, calculation });
});

test('free transactions say what of all is free', () => {
  const { transactions } = RATED_STEPS;
  const free = makeStep({ ...transactions, eachAmount: decimal(0n), free: true });
  expect(stepText(free, 'USD', WORDS.en)).toEqual({
    label: 'Free transactions, 90.00 in all',
    calculation: '2 × 0.00',
  });
});

test('packages are counted, after the free units', () => {
  const { packages } = RATED_STEPS;
  const whole = makeStep({ ...packages, proRata: false });
  expect(stepText(whole, 'USD', WORDS.en).calculation).toBe(
    '12 packages of 10 after 5 free × 100.00',
  );
  const one = makeStep({ ...whole, quantity: decimal('3'), freeUnits: decimal(0n) });
  expect(stepText(one, 'USD', WORDS.en).calculation).toBe('1 package of 10 × 100.00');
});

test('what is free never makes less than nothing, and nothing of a credit is free', () => {
  const { percentage } = RATED_STEPS;
  const free = makeStep({ ...percentage, quantity: decimal('100'), eventCount: 0n });
  expect(stepText(free, 'USD', WORDS.en).calculation).toBe('0.00 × 1.3 % + 0 × 2.00');
  const credit = makeStep({ ...percentage, quantity: decimal('-100'), fixedAmount: decimal(0n) });
  expect(stepText(credit, 'USD', WORDS.en).calculation).toBe(`${minus}100.00 × 1.3 %`);
});

test.each(LANGUAGES)('in %s every step is said in words, with its figures', (language) => {
  for (const step of Object.values(RATED_STEPS)) {
    const { label, calculation } = stepText(step, 'USD', WORDS[language]);
    expect(`${label} ${calculation}`).toMatch(/\d/);
    expect(`${label} ${calculation}`).not.toMatch(/undefined|\[object/);
  }
});
