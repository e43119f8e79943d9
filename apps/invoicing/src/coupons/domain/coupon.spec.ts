import { derivedId, type AccountId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { account } from '../../testing/posted-bills';
import { appliesToLine, type CouponScope, type ScopedLine } from './coupon-scope';
import { codeKey, couponViolations, offsOf, redeem, type Coupon } from './coupon';

const DAY_MS = 86_400_000;
const coupon: Coupon = {
  id: derivedId('cpn', 'one'),
  code: 'SPRING',
  name: 'Spring',
  off: { kind: 'percent', percent: decimal('10') },
  redemptionsPerAccountMax: 1,
  accountIds: [],
  redemptionCount: 0,
  archived: false,
};

function redeemed(changes: Partial<Coupon>, count = 0, accountId: AccountId = account('acct_1')) {
  const now = { accountId, nowMs: 1_000, startMs: 1_000, id: derivedId('cpr', 'one') };
  const earlier = Array.from({ length: count }, () =>
    redeem(coupon, { ...now, earlier: [], id: derivedId('cpr', 'before') }),
  );
  return redeem({ ...coupon, ...changes }, { ...now, earlier });
}

test.each<[string, Partial<Coupon>, number]>([
  ['it is archived', { archived: true }, 0],
  ['its time is over', { redeemBeforeMs: 1_000 }, 0],
  ['it is for other accounts', { accountIds: ['acct_2'] }, 0],
  [
    'it was redeemed 5 times, which is as often as it can be',
    { redemptionsMax: 5, redemptionCount: 5 },
    0,
  ],
  ['the account has redeemed it as often as it can', { redemptionsPerAccountMax: 2 }, 2],
  ['an account can have 200 redemptions in all', { id: derivedId('cpn', 'other') }, 200],
])('a coupon is not redeemed where %s', (why, changes, count) => {
  expect(() => redeemed(changes, count)).toThrow(`The coupon cannot be redeemed: ${why}.`);
});

test.each<[string, Partial<Coupon>, number]>([
  ['before its time is over', { redeemBeforeMs: 1_001 }, 0],
  ['for the accounts it is for', { accountIds: ['acct_1'] }, 0],
  ['the last time that it can be', { redemptionsMax: 5, redemptionCount: 4 }, 0],
  ['again, where an account may', { redemptionsPerAccountMax: 2 }, 1],
])('a coupon is redeemed %s', (_, changes, count) => {
  expect(redeemed(changes, count)).toMatchObject({ couponId: coupon.id, startMs: 1_000 });
});

test.each<[string, Partial<Coupon>, number, number, string, boolean]>([
  ['at its start', {}, 0, 1_000, 'USD', true],
  ['before its start', {}, 0, 999, 'USD', false],
  ['at the end of its days', { days: 2 }, 0, 1_000 + 2 * DAY_MS, 'USD', false],
  ['within its days', { days: 2 }, 0, 999 + 2 * DAY_MS, 'USD', true],
  ['of its invoices the last', { invoices: 3 }, 2, 1_000, 'USD', true],
  ['after its invoices', { invoices: 3 }, 3, 1_000, 'USD', false],
  ['an amount in its currency', { off: off('USD') }, 0, 1_000, 'USD', true],
  ['an amount in another currency', { off: off('EUR') }, 0, 1_000, 'USD', false],
])('a redemption, %s', (_, changes, invoiceCount, issueMs, currencyCode, holds) => {
  const redemption = { ...redeemed(changes), invoiceCount };
  expect(offsOf([redemption], { issueMs, currencyCode })).toHaveLength(holds ? 1 : 0);
});

test('percentages are from more than 0 to 100, amounts above 0; codes have no case', () => {
  const fieldsOf = (each: Coupon['off']) =>
    couponViolations({ off: each }).map(({ field }) => field);
  const percent = (text: string) => fieldsOf({ kind: 'percent', percent: decimal(text) });
  expect(percent('0')).toEqual(['coupon.percent_off']);
  expect(percent('100.000001')).toEqual(['coupon.percent_off']);
  expect(percent('100')).toEqual([]);
  expect(fieldsOf(off('USD', 0n))).toEqual(['coupon.amount_off']);
  expect(fieldsOf(off('USD', 1n))).toEqual([]);
  expect(codeKey('Spring-24')).toBe(codeKey('SPRING-24'));
});

const [fee, plan, product] = [
  derivedId('fee', 'a'),
  derivedId('plan', 'a'),
  derivedId('prod', 'a'),
];

test.each<[string, boolean, Partial<CouponScope>, ScopedLine]>([
  ['its fee is named', true, { feeIds: [derivedId('fee', 'b'), fee] }, { feeId: fee }],
  ['its plan is named', true, { planIds: [plan] }, { feeId: fee, planId: plan }],
  ['its product is named', true, { productIds: [product] }, { product: { id: product } }],
  ['others are', false, { feeIds: [derivedId('fee', 'b')], planIds: [plan] }, { feeId: fee }],
  [
    'any list names it',
    true,
    { productIds: [product], feeIds: [fee] },
    { feeId: fee, planId: plan },
  ],
  ['it was written by hand', false, { productIds: [product], planIds: [plan], feeIds: [fee] }, {}],
])('of a line where %s: %s', (_, applies, named, line) => {
  const scope = { productIds: [], planIds: [], feeIds: [], ...named };
  expect(appliesToLine(scope, line)).toBe(applies);
  expect(appliesToLine(undefined, line)).toBe(true);
});

test('each id is of the kind of its list, and stands once; all lists together have at most 100', () => {
  const scopeOf = (named: Partial<CouponScope>) => {
    const appliesTo = { productIds: [], planIds: [], feeIds: [], ...named };
    return couponViolations({ off: coupon.off, appliesTo });
  };
  const field = 'coupon.applies_to';
  expect(
    scopeOf({ productIds: [product, fee], planIds: ['pro'], feeIds: [fee, fee, 'fee_1'] }),
  ).toEqual([
    {
      field: `${field}.product_ids[1]`,
      description: 'expects "prod_…", the id of a product, is the id of a fee',
    },
    {
      field: `${field}.plan_ids[0]`,
      description: 'expects "plan_…", the id of a plan, not its name or code',
    },
    { field: `${field}.fee_ids[1]`, description: 'must stand only once' },
    { field: `${field}.fee_ids[2]`, description: 'is no id' },
  ]);
  const ids = (count: number) =>
    Array.from({ length: count }, (_, index) => derivedId('fee', String(index)));
  expect(scopeOf({ feeIds: ids(99), planIds: [plan] })).toEqual([]);
  expect(scopeOf({ feeIds: ids(100), planIds: [plan] })).toEqual([
    { field, description: 'must name at most 100, but names 101' },
  ]);
});

function off(currencyCode: string, minorUnits = 500n): Coupon['off'] {
  return { kind: 'amount', amount: { currencyCode, minorUnits } };
}
