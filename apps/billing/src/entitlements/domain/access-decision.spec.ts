import { decimal, decimalText, type Decimal } from '@billingrails/money';
import fc from 'fast-check';
import { decideAccess, type Grant } from './access-decision';

const period = { startMs: 0, endMs: 1000 };

function grant(id: string, used?: string, limit?: string, endMs = 1000): Grant {
  return {
    entitlement: {
      id: `ent_${id}`,
      featureId: 'feat_1',
      grantee: { kind: 'plan', planId: 'plan_1' },
      createMs: 0,
      ...(limit === undefined ? {} : { limit: decimal(limit) }),
    },
    period: { ...period, endMs },
    ...(used === undefined ? {} : { used: decimal(used) }),
  };
}

const texts = (decision: ReturnType<typeof decideAccess>) =>
  Object.fromEntries(
    Object.entries(decision).map(([key, value]) => [
      key,
      typeof value === 'object' ? decimalText(value) : value,
    ]),
  );

test.each([
  ['99.5', '100', undefined, true, '0.5'],
  ['100', '100', undefined, false, '0'], // used up
  ['101', '100', undefined, false, '0'], // never less than nothing left
  ['0', '0', undefined, false, '0'], // a limit of 0 grants nothing
  ['90', '100', '10', true, '10'], // exactly the rest may be used
  ['90', '100', '10.000000000000000001', false, '10'],
  ['100', '100', '0', true, '0'], // nothing more is always allowed within the limit
  ['-5', '100', '105', true, '105'], // a sum may be negative
])(
  'used %s of %s, asking for %s: allowed is %s, %s remain',
  (used, limit, quantity, allowed, remaining) => {
    const asked = quantity === undefined ? undefined : decimal(quantity);
    expect(texts(decideAccess([grant('a', used, limit)], asked))).toEqual({
      allowed,
      used,
      limit,
      remaining,
      resetMs: 1000,
      entitlementId: 'ent_a',
    });
  },
);

test('without an entitlement nothing is allowed, and nothing else is said', () => {
  expect(decideAccess([], decimal('0'))).toEqual({ allowed: false });
});

test('a feature without a meter is allowed by its entitlement, whatever quantity is asked for', () => {
  expect(texts(decideAccess([grant('a')], decimal('5')))).toEqual({
    allowed: true,
    resetMs: 1000,
    entitlementId: 'ent_a',
  });
});

test('an unlimited entitlement allows everything and tells what was used', () => {
  expect(texts(decideAccess([grant('a', '7')], decimal('99999999999999999999')))).toEqual({
    allowed: true,
    used: '7',
    resetMs: 1000,
    entitlementId: 'ent_a',
  });
});

test.each([
  [
    'the one with the most left',
    [grant('a', '5', '10'), grant('b', '0', '6'), grant('c', '9', '10')],
    'ent_b',
  ],
  ['an unlimited one before any limit', [grant('a', '0', '1000000'), grant('b', '5')], 'ent_b'],
  ['of equals the first', [grant('a', '5', '10'), grant('b', '95', '100')], 'ent_a'],
  ['of unlimited ones the first', [grant('a', '5'), grant('b', '0')], 'ent_a'],
])('of several subscriptions answers %s', (_rule, grants, id) => {
  expect(decideAccess(grants, undefined).entitlementId).toBe(id);
});

const amounts: fc.Arbitrary<Decimal> = fc
  .bigInt({ min: 0n, max: 10n ** 12n })
  .map((units) => decimal(units));

test('what remains may be used, whole, and not a bit more', () => {
  fc.assert(
    fc.property(amounts, amounts, (used, limit) => {
      const grants: Grant[] = [
        { ...grant('a', '0', '0'), used, entitlement: { ...grant('a').entitlement, limit } },
      ];
      const { remaining } = decideAccess(grants, undefined);
      if (remaining === undefined || used.gt(limit)) return;
      expect(decideAccess(grants, remaining).allowed).toBe(true);
      expect(decideAccess(grants, remaining.add(decimal('0.000000000000000001'))).allowed).toBe(
        false,
      );
    }),
  );
});
