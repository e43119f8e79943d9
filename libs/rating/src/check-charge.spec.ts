import { decimal, decimalText } from '@billingrails/money';
import {
  chargeViolations,
  rate,
  readPrice,
  readStep,
  writePrice,
  writeStep,
  type RatedCharge,
  type RatedStep,
} from './index';
import { BOUNDED, PRICES, RATED_STEPS, TERMS } from './testing/samples';

const unread = (path: string): never => {
  throw new Error(path);
};

/** The figures of a step that its amount comes from: each, changed, must be noticed. */
const steps = Object.values<RatedStep>(RATED_STEPS).map((step) => [step.kind, step] as const);

test.each([
  ['units', '-0.75'],
  ['packages', '1160'],
  ['tier', '8.5'], // three packages of twenty, and the flat amount
  ['percentage', '13.15'],
  ['percentageTier', '300.2'],
  ['transactions', '3.5'],
  ['reported', '12.34'],
  ['divided', '0'],
  ['included', '0'],
  ['minimum', '2'],
  ['maximum', '-2'],
  ['percentOff', '-0.7'],
  ['amountOff', '-0.5'],
  ['rolledOver', '0'],
  ['commitment', '10.25'], // half of 20.5
  ['spread', '4.07'], // 6.73 less 2.66
] as const)('the sample of %s comes to %s by hand', (kind, amount) => {
  expect(decimalText(RATED_STEPS[kind].amount)).toBe(amount);
});

test.each(steps)('a step of %s comes back as it was written', (_kind, step) => {
  expect(readStep(writeStep(step), 'step', unread)).toEqual(step);
});

test.each([...Object.values(PRICES), BOUNDED].map((price) => [price.kind, price] as const))(
  'a price of %s comes back as it was written',
  (_kind, price) => {
    expect(readPrice(writePrice(price), 'price', unread)).toEqual(price);
  },
);

test('terms come back as they were written, and empty ones as none', () => {
  const price = { ...PRICES.perUnit, terms: TERMS };
  expect(readPrice(writePrice(price), 'price', unread)).toEqual(price);
  const empty = { ...writePrice(PRICES.perUnit), terms: {} };
  expect(readPrice(empty, 'price', unread)).toEqual(PRICES.perUnit);
});

/** A charge through every layer, by a price of tiers. */
const charge = (): RatedCharge =>
  rate(
    {
      ...PRICES.graduated,
      terms: { ...TERMS, minimum: decimal('100'), maximum: decimal('100') },
    },
    { quantity: decimal('21400'), eventCount: 3n },
  );

test('a charge through every layer holds', () => {
  expect(charge().steps.map(({ kind }) => kind)).toEqual([
    'divided',
    'rolledOver',
    'included',
    'tier',
    'tier',
    'minimum',
    'percentOff',
    'amountOff',
  ]);
  expect(chargeViolations(charge(), 'charge')).toEqual([]);
});

/** Every figure of every step, by the path in the charge. */
const figures = charge().steps.flatMap((step, index) =>
  Object.entries(step)
    .filter(([, value]) => typeof value === 'object' && !Array.isArray(value))
    .map(([name]) => [index, step.kind, name] as const),
);
/** Where a tier begins and ends leads to no amount: it is for readers. */
const shown = ['above', 'upTo'];

test.each(figures.filter(([, , name]) => !shown.includes(name)))(
  'step %i, %s: another %s is noticed',
  (index, _kind, name) => {
    const { steps: made, ...rest } = charge();
    const changed = made.map((step, at) =>
      at === index ? { ...step, [name]: decimal('0.007') } : step,
    );
    const violations = chargeViolations({ ...rest, steps: changed }, 'charge');
    expect(violations.length).toBeGreaterThan(0);
    expect(violations.every(({ field }) => field.startsWith('charge.'))).toBe(true);
  },
);

test('other units that were carried are noticed, and other figures of a commitment', () => {
  const { rolledOver, commitment } = RATED_STEPS;
  const carried = rolledOver.carried.slice(0, 1);
  const of = (step: RatedStep) => ({ quantity: step.quantity, amount: step.amount, steps: [step] });
  const fieldsOf = (step: RatedStep) => chargeViolations(of(step), 'c').map(({ field }) => field);
  expect(fieldsOf({ ...rolledOver, carried })).toEqual(['c.steps[0].quantity']);
  for (const figure of ['counted', 'committed', 'overageFactor'])
    expect(fieldsOf({ ...commitment, [figure]: decimal('7') })).toEqual(['c.steps[0].amount']);
});

test.each([
  ['an amount its steps do not sum to', { amount: decimal('1') }, ['c.amount']],
  ['a quantity its steps do not sum to', { quantity: decimal('1') }, ['c.quantity']],
  ['no steps', { steps: [] }, ['c.amount', 'c.quantity']],
])('%s is named by its path', (_what, change, fields) => {
  const units = { quantity: decimal('-3'), amount: decimal('-0.75'), steps: [RATED_STEPS.units] };
  const violations = chargeViolations({ ...units, ...change }, 'c');
  expect(violations.map(({ field }) => field)).toEqual(fields);
});

test('what cannot be read is told by its path in the contract', () => {
  const step = writeStep(RATED_STEPS.tier);
  expect(() => readStep({ ...step, quantity: '01' }, 'steps[2]', unread)).toThrow(
    'steps[2].quantity',
  );
  const broken = { ...RATED_STEPS.tier, unitAmount: undefined as never };
  expect(() => readStep(writeStep(broken), 'steps[2]', unread)).toThrow(
    'steps[2].tier.unit_amount',
  );
  expect(() => readPrice({ model: { case: undefined } }, 'fee.price', unread)).toThrow('fee.price');
});
