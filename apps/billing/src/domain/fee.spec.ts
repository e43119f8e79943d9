import { decimal } from '@billingrails/money';
import type { Price } from '@billingrails/rating';
import { feeListViolations, FEES_MAX, TIERS_MAX, tooManyFees, type FeeDraft } from './fee';
import { planViolations } from './plan';

const flat: Price = { kind: 'flat', amount: decimal('1') };
const perUnit: Price = { kind: 'per_unit', unitAmount: decimal('1') };
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
  return { name: 'fee', price, unit: '', ...(profile ? { meterProfile: profile } : {}) };
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
  const fields = planViolations({ name: 'plan', currencyCode: 'XXX', fees }).map(
    ({ field }) => field,
  );
  expect(fields).toEqual([
    'currency_code',
    'fees[0].meter_profile',
    'fees[1].meter_profile',
    'fees[2].graduated.tiers[1].up_to',
    'fees[2].meter_profile',
    'fees[3].graduated.tiers[1].up_to',
    'fees[4].graduated.tiers[0].up_to',
  ]);
});

test.each([
  [FEES_MAX, flat, false],
  [FEES_MAX + 1, flat, true],
  [TIERS_MAX / 50, graduated(...Array.from({ length: 50 }, (_, i) => String(i + 1))), false],
  [TIERS_MAX / 50 + 1, graduated(...Array.from({ length: 50 }, (_, i) => String(i + 1))), true],
])('of %s fees is said whether they are too many', (count, price, excess) => {
  expect(tooManyFees(Array.from({ length: count }, () => ({ price }))) !== undefined).toBe(excess);
});
