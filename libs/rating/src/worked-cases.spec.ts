import { decimal, decimalText } from '@billingrails/money';
import {
  chargeViolations,
  rate,
  rateGroups,
  readPrice,
  type PlainModel,
  type PlainTerms,
  type PricedUsage,
  type RatedCharge,
} from './index';

/**
 * Figures from the public tests and documents of other billing systems. Those that any system must come to hold
 * here too; where another has decided otherwise than we, both figures stand here, and docs/pricing.md says what we
 * promise and why.
 */

const unread = (path: string): never => {
  throw new Error(path);
};

function charge(model: PlainModel, usage: PricedUsage, terms: PlainTerms = {}): RatedCharge {
  const rated = rate(readPrice({ model, terms }, 'price', unread), usage);
  expect(chargeViolations(rated, 'charge')).toEqual([]);
  return rated;
}

const of = (quantity: string, eventCount = 0n) => ({ quantity: decimal(quantity), eventCount });

/** `up to: unit amount + flat amount`, as the sources write their tables. */
const tiers = (...rows: (readonly [upTo: string, unitAmount: string, flatAmount?: string])[]) => ({
  tiers: rows.map(([upTo, unitAmount, flatAmount = '0']) => ({ upTo, unitAmount, flatAmount })),
});
const graduated = (...rows: Parameters<typeof tiers>): PlainModel => ({
  case: 'graduated',
  value: tiers(...rows),
});
const volume = (...rows: Parameters<typeof tiers>): PlainModel => ({
  case: 'volume',
  value: tiers(...rows),
});
const perUnit = (unitAmount: string): PlainModel => ({ case: 'perUnit', value: { unitAmount } });
const perPackage = (packageSize: string, packageAmount: string, freeUnits = '0'): PlainModel => ({
  case: 'perPackage',
  value: { packageSize, packageAmount, freeUnits, proRata: false },
});
const percentage = (percent: string, more: object = {}): PlainModel => ({
  case: 'percentage',
  value: { percent, fixedAmount: '', freeAmount: '', freeEvents: '', ...more },
});
const graduatedPercentage = (...rows: (readonly [string, string, string])[]): PlainModel => ({
  case: 'graduatedPercentage',
  value: { tiers: rows.map(([upTo, percent, flatAmount]) => ({ upTo, percent, flatAmount })) },
});

const lagoGraduated = graduated(['10', '10', '2'], ['20', '5', '3'], ['', '5', '3']);
const lagoVolume = volume(['100', '2', '10'], ['200', '1', '0'], ['', '0.5', '50']);
const lagoPercentages = graduatedPercentage(
  ['10', '1', '200'],
  ['20', '2', '300'],
  ['', '3', '400'],
);
const openMeterVolume = volume(['5', '0', '100'], ['10', '0', '150'], ['15', '10'], ['', '5']);
const openMeterGraduated = graduated(['5', '0', '100'], ['10', '0', '50'], ['15', '10'], ['', '5']);
const killBillBlocks: PlainModel = {
  case: 'graduated',
  value: {
    tiers: [
      { upTo: '1000', packageSize: '100', unitAmount: '1', flatAmount: '' },
      { upTo: '', packageSize: '1000', unitAmount: '1', flatAmount: '' },
    ],
  },
};
const flexpriceTiers = [
  ['10', '50'],
  ['20', '40'],
  ['', '30'],
] as const;

test.each<[source: string, PlainModel, quantity: string, amount: string]>([
  ['Lago graduated, aggregation is 1', lagoGraduated, '1', '12'],
  ['Lago graduated, aggregation is 21', lagoGraduated, '21', '163'],
  ['Lago volume, aggregation 1', lagoVolume, '1', '12'],
  ['Lago volume, aggregation 200', lagoVolume, '200', '200'],
  ['Lago package, free units 0', perPackage('10', '100'), '121', '1300'],
  ['Lago standard', perUnit('10'), '10', '100'],
  ['Lago percentage, small units amount', percentage('2.9'), '4', '0.116'],
  ['Lago graduated percentage, aggregation is 1', lagoPercentages, '1', '200.01'],
  ['Lago graduated percentage, aggregation is 21', lagoPercentages, '21', '900.33'],
  [
    'Lago docs, volume of 65,000 calls',
    volume(
      ['10000', '0.0010', '10'],
      ['50000', '0.0008', '10'],
      ['100000', '0.0006', '10'],
      ['', '0.0004', '10'],
    ),
    '65000',
    '49',
  ],
  ['OpenMeter tiered volume', openMeterVolume, '15', '150'],
  ['OpenMeter tiered graduated, totals', openMeterGraduated, '5.001', '150'],
  ['OpenMeter package', perPackage('10', '15'), '10', '15'],
  [
    'OpenMeter tiered volume of flat tiers',
    {
      case: 'stairstep',
      value: {
        tiers: [
          { upTo: '5', flatAmount: '100' },
          { upTo: '', flatAmount: '150' },
        ],
      },
    },
    '5',
    '100',
  ],
  ['Flexprice tiered volume', volume(...flexpriceTiers), '5', '250'],
  ['Flexprice tiered slab', graduated(...flexpriceTiers), '15', '700'],
  ['Flexprice package of 100', perPackage('100', '1'), '100', '1'],
  ['Flexprice package of 99', perPackage('100', '1'), '99', '1'],
  ['Flexprice bucketed flat fee, 9 and 10', perUnit('0.10'), '19', '1.9'],
  ['Flexprice slab, free tier', graduated(['5', '0'], ['10', '2'], ['', '3']), '7', '4'],
  [
    'Flexprice slab with flat amount',
    graduated(['5', '0', '1'], ['10', '1', '2'], ['', '2']),
    '3',
    '1',
  ],
  ['Flexprice slab, edge', graduated(['1', '10'], ['2', '20'], ['', '30']), '1', '10'],
  ['Meteroid graduated', graduated(['100', '1'], ['200', '0.5'], ['', '0.25']), '150', '125'],
  ['Meteroid package', perPackage('20', '5'), '45', '15'],
  [
    'Kill Bill consumable, top tier in blocks',
    {
      case: 'volume',
      value: {
        tiers: [
          { upTo: '1000', packageSize: '100', unitAmount: '1', flatAmount: '' },
          { upTo: '101000', packageSize: '1000', unitAmount: '1', flatAmount: '' },
          { upTo: '', packageSize: '1000', unitAmount: '0.5', flatAmount: '' },
        ],
      },
    },
    '101000',
    '101',
  ],
  ['Kill Bill consumable, all tiers in blocks', killBillBlocks, '5325', '15'],
  ['Stripe docs, volume of 1', volume(['5', '7'], ['10', '6.5'], ['', '6']), '1', '7'],
  ['Stripe docs, volume of 25', volume(['5', '7'], ['10', '6.5'], ['', '6']), '25', '150'],
  [
    'Stripe docs, volume of 20',
    volume(['5', '5'], ['10', '4'], ['15', '3'], ['20', '2'], ['', '1']),
    '20',
    '40',
  ],
  [
    'Oracle docs, slab amounts without units',
    graduated(['250', '0', '10'], ['500', '0', '20'], ['', '0', '30']),
    '1000',
    '60',
  ],
])('%s: as there', (_source, price, quantity, amount) => {
  expect(decimalText(charge(price, of(quantity)).amount)).toBe(amount);
});

test.each<[source: string, PlainModel, quantity: string, steps: [string, string][]]>([
  [
    'Lago graduated, 21',
    lagoGraduated,
    '21',
    [
      ['10', '102'],
      ['10', '53'],
      ['1', '8'],
    ],
  ],
  [
    'Lago graduated percentage, 21',
    lagoPercentages,
    '21',
    [
      ['10', '200.1'],
      ['10', '300.2'],
      ['1', '400.03'],
    ],
  ],
  [
    'Flexprice slab, 15',
    graduated(...flexpriceTiers),
    '15',
    [
      ['10', '500'],
      ['5', '200'],
    ],
  ],
  ['OpenMeter volume, 15 in the third tier', openMeterVolume, '15', [['15', '150']]],
  ['Lago graduated, 1', lagoGraduated, '1', [['1', '12']]],
  ['Lago graduated percentage, 1', lagoPercentages, '1', [['1', '200.01']]],
  [
    'OpenMeter unit config, 8 converted units',
    graduated(['5', '1'], ['', '0.5']),
    '8',
    [
      ['5', '5'],
      ['3', '1.5'],
    ],
  ],
  [
    'Kill Bill consumable, all tiers in blocks',
    killBillBlocks,
    '5325',
    [
      ['1000', '10'],
      ['4325', '5'],
    ],
  ],
])('%s: step by step as there', (_source, price, quantity, steps) => {
  const rated = charge(price, of(quantity));
  expect(rated.steps.map((step) => [step.quantity, step.amount].map(decimalText))).toEqual(steps);
});

test.each<[source: string, PlainModel, PlainTerms, quantity: string, amount: string]>([
  ['OpenMeter volume, minimum reached', openMeterVolume, { minimum: '100' }, '100', '500'],
  ['OpenMeter volume, beyond the maximum', openMeterVolume, { maximum: '125' }, '7', '125'],
  ['OpenMeter volume, minimum of nothing used', openMeterVolume, { minimum: '150' }, '0', '150'],
  [
    'OpenMeter unit config, tiers in converted units',
    graduated(['5', '1'], ['', '0.5']),
    { divisor: '1000', rounding: 1 },
    '7400',
    '6.5',
  ],
  [
    'OpenMeter unit config, free units after rounding',
    perUnit('10'),
    { divisor: '1000', rounding: 1, includedUnits: '0.5' },
    '1400',
    '15',
  ],
])('%s: as there', (_source, price, terms, quantity, amount) => {
  expect(decimalText(charge(price, of(quantity), terms).amount)).toBe(amount);
});

/** A bill in the middle of a period: what all comes to, less what was billed before. */
test.each<
  [
    source: string,
    PlainModel,
    PlainTerms,
    prior: string,
    quantity: string,
    billed: string | undefined,
    amount: string,
  ]
>([
  ['OpenMeter graduated, from 3 to 7', openMeterGraduated, {}, '3', '7', undefined, '50'],
  ['OpenMeter graduated, 6 and no more', openMeterGraduated, {}, '6', '6', undefined, '0'],
  [
    'OpenMeter graduated, last line with a minimum',
    graduated(['5', '0', '100'], ['10', '0', '50'], ['15', '5'], ['', '1']),
    { minimum: '1000' },
    '2',
    '2',
    '100',
    '900',
  ],
  ['OpenMeter unit, maximum hit', perUnit('10'), { maximum: '100' }, '7', '12', '70', '30'],
  [
    'OpenMeter package, maximum hit',
    perPackage('10', '15'),
    { maximum: '100' },
    '60',
    '110',
    '90',
    '10',
  ],
])('%s: as there', (_source, price, terms, prior, quantity, billed, amount) => {
  const before = billed === undefined ? charge(price, of(prior)).amount : decimal(billed);
  expect(decimalText(charge(price, of(quantity), terms).amount.sub(before))).toBe(amount);
});

/** Each window a group, by a property of the events that names it. */
test.each<[source: string, PlainModel, windows: string[], sum: string]>([
  ['Flexprice bucketed packages', perPackage('100', '5'), ['50', '150', '200', '99'], '30'],
  ['Flexprice bucketed packages of ten', perPackage('10', '1'), ['9', '10'], '2'],
  [
    'Flexprice bucketed slabs',
    graduated(['10', '0.10'], ['20', '0.05'], ['', '0.02']),
    ['9', '15'],
    '2.15',
  ],
  [
    'Flexprice bucketed volume',
    volume(['10', '0.10'], ['20', '0.05'], ['', '0.02']),
    ['9', '15'],
    '1.65',
  ],
])('%s, by groups: as there', (_source, model, windows, sum) => {
  const price = readPrice({ model, terms: {} }, 'price', unread);
  const usages = windows.map((quantity, index) => ({ group: [index], ...of(quantity, 1n) }));
  const rated = rateGroups({ price, groupPrices: [] }, usages, windows.length);
  const amount = rated.reduce((total, each) => total.add(each.rated.amount), decimal(0n));
  expect(decimalText(amount)).toBe(sum);
});

/** Each transaction by itself, at least 1.75 and at most 12, by 2.99 %. */
test.each([
  ['Lago percentage, bounds of a transaction', {}, '16.142'],
  ['Lago percentage, bounds of a transaction and a fixed amount', { fixedAmount: '2' }, '18.691'],
  ['Lago percentage, bounds and free events', { freeEvents: '2' }, '12'],
  ['Lago percentage, bounds and a free amount', { freeAmount: '30' }, '13.794'],
  ['Lago percentage, bounds and both', { freeEvents: '3', freeAmount: '10000' }, '2.691'],
])('%s: as there', (_source, more, amount) => {
  const bounds = { transactionMinimum: '1.75', transactionMaximum: '12' };
  const transactions = ['10', '80', '10000'].map((each) => ({ amount: decimal(each), count: 1n }));
  const usage = { ...of('10090', 3n), transactions };
  expect(decimalText(charge(percentage('2.99', { ...bounds, ...more }), usage).amount)).toBe(
    amount,
  );
});

test('OpenMeter unit config, billed in two parts: 20 and 20 there, and here as docs/pricing.md says', () => {
  const terms: PlainTerms = { divisor: '1000', rounding: 1 };
  const upTo = (quantity: string) => charge(perUnit('10'), of(quantity), terms).amount;
  expect(decimalText(upTo('1400'))).toBe('20');
  expect(decimalText(upTo('2700').sub(upTo('1400')))).toBe('10');
});

/** Where we have chosen otherwise: theirs, then ours. */
test.each<[source: string, theirs: string, PlainModel, PricedUsage, ours: string]>([
  // Zero usage reaches no tier, so no flat amount is charged.
  ['Lago graduated, aggregation is 0', '2', lagoGraduated, of('0'), '0'],
  // The free amount comes off the sum and free events off their number, in no order of events.
  [
    'Lago percentage, free amount',
    '11.15',
    percentage('1.3', { fixedAmount: '2', freeAmount: '250' }),
    of('800', 4n),
    '15.15',
  ],
  // One quantity a period: windows are summed by the meter, then priced once.
  ['Flexprice bucketed packages', '30', perPackage('100', '5'), of('499'), '25'],
  // What is given back is a credit, as what was used is a charge.
  ['Lago volume, aggregation is negative', '0', lagoVolume, of('-5'), '-10'],
])('%s: %s there, and here as docs/pricing.md says', (_source, theirs, price, usage, ours) => {
  const amount = decimalText(charge(price, usage).amount);
  expect(amount).toBe(ours);
  expect(amount).not.toBe(theirs);
});
