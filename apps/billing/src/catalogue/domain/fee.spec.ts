import { decimal } from '@billingrails/money';
import type { GroupValue, Price } from '@billingrails/rating';
import { feeListViolations, type FeeDraft } from './fee';
import { FEES_MAX, TIERS_MAX, tooManyFees } from './fee-limits';
import { planViolations } from './plan';

const flat: Price = { kind: 'flat', amount: decimal('1') };
const perUnit: Price = { kind: 'perUnit', unitAmount: decimal('1') };
const meterProfile = { meterId: 'mtr_1', profile: '' };

function graduated(...upTo: (string | undefined)[]): Price {
  return {
    kind: 'graduated',
    tiers: upTo.map((bound) => ({
      ...(bound === undefined ? {} : { upTo: decimal(bound) }),
      unitAmount: decimal('1'),
      flatAmount: decimal('0'),
    })),
  };
}

function draft(price: Price, profile?: FeeDraft['meterProfile']): FeeDraft {
  const grouping = { byGroup: false, groupPrices: [] };
  return {
    name: 'fee',
    price,
    unit: '',
    ...grouping,
    ...(profile ? { meterProfile: profile } : {}),
  };
}

function grouped(...groups: (GroupValue | undefined)[][]): FeeDraft {
  const groupPrices = groups.map((values) => ({ values, price: perUnit }));
  return { ...draft(perUnit, meterProfile), byGroup: true, groupPrices };
}

test('a flat price without a meter and a usage price with one are right', () => {
  const drafts = [
    draft(flat),
    draft(perUnit, meterProfile),
    draft(graduated('5', '10', undefined), meterProfile),
  ];
  expect(feeListViolations(drafts, 'fees')).toEqual([]);
});

test('everything wrong with the fees of a plan is listed at once, by path', () => {
  const fees = [
    draft(flat, meterProfile),
    draft(perUnit),
    draft(graduated('5', '5', undefined)),
    draft(graduated('5', '10'), meterProfile),
    draft(graduated(undefined, undefined), meterProfile),
  ];
  const fields = planViolations({ currencyCode: 'XXX', fees }).map(({ field }) => field);
  expect(fields).toEqual([
    'currency_code',
    'fees[0].meter_profile',
    'fees[1].meter_profile',
    'fees[2].price.graduated.tiers[1].up_to',
    'fees[2].meter_profile',
    'fees[3].price.graduated.tiers[1].up_to',
    'fees[4].price.graduated.tiers[0].up_to',
  ]);
});

test('a fee that counts nothing may be in advance, and by the quantity where its price is for units', () => {
  const right = [
    { ...draft(flat), inAdvance: true },
    { ...draft(perUnit), byQuantity: true, inAdvance: true },
    { ...draft(graduated('5', undefined)), byQuantity: true },
  ];
  expect(feeListViolations(right, 'fees')).toEqual([]);
  const wrong = [
    { ...draft(perUnit, meterProfile), inAdvance: true },
    { ...draft(perUnit, meterProfile), byQuantity: true },
    { ...draft(flat), byQuantity: true },
    { ...draft({ kind: 'dynamic' } as Price), byQuantity: true },
    { ...grouped(), byQuantity: true },
  ];
  expect(feeListViolations(wrong, 'fees').map(({ field }) => field)).toEqual([
    'fees[0].timing',
    'fees[1].meter_profile',
    'fees[2].by_quantity',
    'fees[3].by_quantity',
    'fees[4].meter_profile',
    'fees[4].by_group',
  ]);
});

test.each([
  [FEES_MAX, flat, false],
  [FEES_MAX + 1, flat, true],
  [TIERS_MAX / 50, graduated(...Array.from({ length: 50 }, (_, i) => String(i + 1))), false],
  [TIERS_MAX / 50 + 1, graduated(...Array.from({ length: 50 }, (_, i) => String(i + 1))), true],
])('of %s fees is said whether they are too many', (count, price, excess) => {
  const fees = Array.from({ length: count }, () => draft(price));
  expect(tooManyFees(fees) !== undefined).toBe(excess);
});

const rolling: Price = {
  ...{ kind: 'perUnit', unitAmount: decimal('1') },
  terms: { includedUnits: decimal('1'), rolloverCycles: 1n },
};

test('everything wrong with the groups of a fee is listed at once, by path', () => {
  const fees = [
    { ...draft(flat), byGroup: true },
    { ...grouped(['eu']), byGroup: false },
    grouped(['eu', 5, true], ['eu', null], ['eu', '5'], ['eu', null], ['\u{1F600}'.repeat(32)]),
    grouped([undefined, 'x'.repeat(65)], [undefined]),
    {
      ...grouped(),
      groupPrices: [
        { values: ['eu'], price: { kind: 'perUnit' as const, unitAmount: decimal('-1') } },
        { values: ['us'], price: graduated('5', '5', undefined) },
      ],
    },
    { ...grouped(), price: rolling },
    { ...grouped(), groupPrices: [{ values: ['eu'], price: rolling }] },
  ];
  expect(feeListViolations(fees, 'fees').map(({ field }) => field)).toEqual([
    'fees[0].by_group',
    'fees[1].group_prices',
    'fees[2].group_prices[3].values',
    'fees[3].group_prices[0].values[0]',
    'fees[3].group_prices[0].values[1]',
    'fees[3].group_prices[1].values[0]',
    'fees[4].group_prices[0].price.per_unit.unit_amount',
    'fees[4].group_prices[1].price.graduated.tiers[1].up_to',
    'fees[5].price.terms.rollover_cycles',
    'fees[6].group_prices[0].price.terms.rollover_cycles',
  ]);
});

const tenTiers = graduated(...'123456789'.split(''), undefined);

function perGroup(count: number, text = 'g', price = perUnit): FeeDraft {
  const groupPrices = Array.from({ length: count }, (_, index) => ({
    values: [`${text}${index}`],
    price,
  }));
  return { ...grouped(), groupPrices };
}

test.each([
  ['the tiers of group prices count', 7, perGroup(10, 'g', tenTiers), undefined],
  ['the tiers of group prices count', 8, perGroup(10, 'g', tenTiers), 'tiers'],
  [
    'texts do not count, however long they are',
    4,
    perGroup(100, '\u{1F600}'.repeat(125)),
    undefined,
  ],
  ['texts do not count, however long they are', FEES_MAX, longest(), undefined],
])('%s: %s of such fees', (_what, count, fee, excess) => {
  const said = tooManyFees(Array.from({ length: count }, () => fee));
  expect(said?.match(/tiers/)?.[0]).toBe(excess);
});

function longest(): FeeDraft {
  const tiers = graduated(
    ...Array.from({ length: 5 }, (_, i) => (i < 4 ? String(i + 1) : undefined)),
  );
  return { ...draft(tiers), name: '\u{1F600}'.repeat(128), unit: '\u{1F600}'.repeat(64) };
}
