import { decimal } from '@billingrails/money';
import fc from 'fast-check';
import { priceViolations, type Price, type Tier } from './index';

const tier = (upTo: string | undefined, unitAmount = '1', flatAmount = '0'): Tier => ({
  ...(upTo === undefined ? {} : { upTo: decimal(upTo) }),
  unitAmount: decimal(unitAmount),
  flatAmount: decimal(flatAmount),
});
const graduated = (...tiers: Tier[]): Price => ({ kind: 'graduated', tiers });
const tooLong = 'must have at most 20 digits before the point and 18 after';

test.each<[string, Price]>([
  ['flat', { kind: 'flat', amount: decimal('20.00') }],
  ['free', { kind: 'perUnit', unitAmount: decimal(0n) }],
  ['a single unlimited tier', graduated(tier(undefined))],
  ['rising tiers', graduated(tier('0.000000000000000001'), tier('10'), tier(undefined, '0', '3'))],
  ['falling prices', graduated(tier('1', '9'), tier('2', '5'), tier(undefined, '0'))],
])('a sound price has no violation: %s', (_what, price) => {
  expect(priceViolations(price, 'price')).toEqual([]);
});

test.each<[string, Price, [string, string][]]>([
  [
    'a negative flat amount',
    { kind: 'flat', amount: decimal('-0.01') },
    [['p.flat.amount', 'must not be negative']],
  ],
  ['too long an amount', { kind: 'flat', amount: decimal('1e20') }, [['p.flat.amount', tooLong]]],
  [
    'a negative unit amount',
    { kind: 'perUnit', unitAmount: decimal('-1') },
    [['p.per_unit.unit_amount', 'must not be negative']],
  ],
  [
    'too fine a unit amount',
    { kind: 'perUnit', unitAmount: decimal('1e-19') },
    [['p.per_unit.unit_amount', tooLong]],
  ],
  ['no tiers', graduated(), [['p.graduated.tiers', 'must hold at least one tier']]],
  [
    'a last tier with an end',
    graduated(tier('1'), tier('2')),
    [['p.graduated.tiers[1].up_to', 'must be empty: the last tier is unlimited']],
  ],
  [
    'an unlimited tier before the last',
    graduated(tier('1'), tier(undefined), tier(undefined)),
    [['p.graduated.tiers[1].up_to', 'must be set: only the last tier is unlimited']],
  ],
  [
    'equal ends',
    graduated(tier('1.50'), tier('1.5'), tier(undefined)),
    [['p.graduated.tiers[1].up_to', 'must be more than 1.5, where the tier before ends']],
  ],
  [
    'falling ends, also past an unlimited tier',
    graduated(tier('5'), tier(undefined), tier('4'), tier(undefined)),
    [
      ['p.graduated.tiers[1].up_to', 'must be set: only the last tier is unlimited'],
      ['p.graduated.tiers[2].up_to', 'must be more than 5, where the tier before ends'],
    ],
  ],
  [
    'an end at zero',
    graduated(tier('0'), tier(undefined)),
    [['p.graduated.tiers[0].up_to', 'must be more than 0']],
  ],
  [
    'ends below zero, though they rise',
    graduated(tier('-2'), tier('-1'), tier(undefined)),
    [
      ['p.graduated.tiers[0].up_to', 'must be more than 0'],
      ['p.graduated.tiers[1].up_to', 'must be more than 0'],
    ],
  ],
  [
    'everything at once, in the order of the fields',
    graduated(tier('1e20', '-1', '-2'), tier(undefined, '1e-19', '1'), tier('3', '1', '-1')),
    [
      ['p.graduated.tiers[0].up_to', tooLong],
      ['p.graduated.tiers[0].unit_amount', 'must not be negative'],
      ['p.graduated.tiers[0].flat_amount', 'must not be negative'],
      ['p.graduated.tiers[1].up_to', 'must be set: only the last tier is unlimited'],
      ['p.graduated.tiers[1].unit_amount', tooLong],
      ['p.graduated.tiers[2].up_to', 'must be empty: the last tier is unlimited'],
      ['p.graduated.tiers[2].flat_amount', 'must not be negative'],
    ],
  ],
])('%s is refused', (_what, price, violations) => {
  expect(priceViolations(price, 'p').map((v) => [v.field, v.description])).toEqual(violations);
});

test('tiers are sound exactly when they rise from above zero, only the last unlimited, nothing negative', () => {
  const upTo = fc.option(fc.integer({ min: -1, max: 6 }), { nil: undefined });
  const anyTier = fc.record({
    upTo,
    unit: fc.integer({ min: -1, max: 4 }),
    flat: fc.integer({ min: -1, max: 4 }),
  });
  fc.assert(
    fc.property(fc.array(anyTier, { maxLength: 4 }), (tiers) => {
      const ends = tiers.slice(0, -1).map((each) => each.upTo);
      const sound =
        tiers.length > 0 &&
        tiers.at(-1)?.upTo === undefined &&
        ends.every((end, index) => end !== undefined && end > (ends[index - 1] ?? 0)) &&
        tiers.every(({ unit, flat }) => unit >= 0 && flat >= 0);
      const price = graduated(
        ...tiers.map((each) => tier(each.upTo?.toString(), String(each.unit), String(each.flat))),
      );
      expect(priceViolations(price, 'p').length === 0).toBe(sound);
    }),
    { numRuns: 300 },
  );
});
