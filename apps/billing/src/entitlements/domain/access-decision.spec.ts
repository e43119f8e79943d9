import type { AccountId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import fc from 'fast-check';
import { allowance, entitlement } from '../../testing/allowance';
import { decideAccess, type UsedAllowance } from './access-decision';

const ZERO = decimal(0n);

function grant(
  id: string,
  used?: string,
  limit?: string,
  more: Partial<UsedAllowance> = {},
): UsedAllowance {
  return allowance({
    entitlements: [entitlement({ id: `ent_${id}` })],
    ...(limit === undefined ? {} : { limit: decimal(limit) }),
    ...(used === undefined ? {} : { used: decimal(used), reserved: ZERO }),
    ...more,
  });
}

const decide = (grants: readonly UsedAllowance[], quantity?: string) =>
  decideAccess('metered', grants, quantity === undefined ? undefined : decimal(quantity));

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
    expect(texts(decide([grant('a', used, limit)], quantity))).toMatchObject({
      ...{ allowed, used, limit, remaining, reserved: '0', resetMs: 1000, entitlementId: 'ent_a' },
      reason: allowed ? 'within_limit' : 'limit_reached',
    });
  },
);

test.each([
  ['hard', '9', undefined, true, 'within_limit'],
  ['hard', '10', undefined, true, 'within_grace'],
  ['hard', '11.9', undefined, true, 'within_grace'],
  ['hard', '12', undefined, false, 'limit_reached'],
  ['hard', '10', '2', true, 'within_grace'],
  ['hard', '10', '2.1', false, 'limit_reached'],
  ['soft', '9', '1', true, 'within_limit'],
  ['soft', '9', '1.1', true, 'over_soft_limit'],
  ['soft', '1000', undefined, true, 'over_soft_limit'],
])(
  'a %s limit of 10, for a hard one with 2 of grace, used %s, asking for %s: allowed is %s, %s',
  (kind, used, quantity, allowed, reason) => {
    const isSoft = kind === 'soft';
    const more = { isSoft, grace: decimal(isSoft ? 0n : 2n) };
    expect(decide([grant('a', used, '10', more)], quantity)).toMatchObject({ allowed, reason });
  },
);

test('without an entitlement nothing is allowed, and no amount is said', () => {
  expect(decide([], '0')).toEqual({
    allowed: false,
    reason: 'not_granted',
    explanation: 'Nothing grants the feature to the account now.',
  });
});

test('a feature that is not metered is allowed by its entitlement, whatever is asked for', () => {
  expect(texts(decideAccess('boolean', [grant('a')], decimal('5')))).toEqual({
    allowed: true,
    reason: 'granted',
    explanation: 'The feature is granted.',
    resetMs: 1000,
    entitlementId: 'ent_a',
  });
});

test("a static feature has the account's own newest value, or else that of its first subscription", () => {
  const ofPlan = (id: string, value: string) =>
    allowance({ entitlements: [entitlement({ id: `ent_${id}`, value })] });
  const own = (id: string, startMs: number, value: string) =>
    allowance({
      entitlements: [
        entitlement({
          ...{ id: `ent_${id}`, startMs, value },
          grantee: { kind: 'account', accountId: 'acct_1' as AccountId },
        }),
      ],
    });
  const answer = (grants: UsedAllowance[]) => decideAccess('static', grants, undefined);
  expect(answer([ofPlan('a', 'low'), ofPlan('b', 'high')])).toMatchObject({ value: 'low' });
  expect(answer([ofPlan('a', 'low'), own('b', 5, 'top'), own('c', 3, 'high')])).toMatchObject({
    value: 'top',
    entitlementId: 'ent_b',
    allowed: true,
  });
});

test('an unlimited entitlement allows everything and tells what was used', () => {
  expect(texts(decide([grant('a', '7')], '99999999999999999999'))).toMatchObject({
    ...{ allowed: true, reason: 'granted', used: '7', reserved: '0', entitlementId: 'ent_a' },
  });
});

test.each<[string, UsedAllowance[], string]>([
  [
    'the one with the most left',
    [grant('a', '5', '10'), grant('b', '0', '6'), grant('c', '9', '10')],
    'ent_b',
  ],
  [
    'grace with what is left',
    [grant('a', '5', '10'), grant('b', '9', '10', { grace: decimal('5') })],
    'ent_b',
  ],
  ['an unlimited one before any limit', [grant('a', '0', '1000000'), grant('b', '5')], 'ent_b'],
  [
    'an unlimited one before a soft limit',
    [grant('a', '0', '9', { isSoft: true }), grant('b', '5')],
    'ent_b',
  ],
  [
    'a soft limit before a hard one',
    [grant('a', '0', '100'), grant('b', '50', '10', { isSoft: true })],
    'ent_b',
  ],
  ['of equals the first', [grant('a', '5', '10'), grant('b', '95', '100')], 'ent_a'],
  ['of unlimited ones the first', [grant('a', '5'), grant('b', '0')], 'ent_a'],
])('of several periods answers %s', (_rule, grants, id) => {
  expect(decide(grants).entitlementId).toBe(id);
});

const amounts = fc.bigInt({ min: 0n, max: 10n ** 12n }).map((units) => decimal(units));

test('what remains and the grace may be used, whole, and not a bit more', () => {
  fc.assert(
    fc.property(amounts, amounts, amounts, (used, limit, grace) => {
      fc.pre(used.lte(limit));
      const grants = [grant('a', '0', '0', { used, limit, grace })];
      const { remaining = ZERO } = decide(grants);
      const most = remaining.add(grace);
      expect(decideAccess('metered', grants, most).allowed).toBe(true);
      const more = most.add(decimal('0.000000000000000001'));
      expect(decideAccess('metered', grants, more).allowed).toBe(false);
    }),
  );
});

const credits = (available: string, rate = '2') => ({
  credits: [{ available: decimal(available), rate: decimal(rate) }],
});

test.each<[string, UsedAllowance[], string | undefined, object]>([
  [
    'any credits suffice where no quantity is asked for',
    [grant('a', '3', undefined, credits('0.1'))],
    undefined,
    { allowed: true, reason: 'granted', creditsAvailable: '0.1' },
  ],
  [
    'a quantity needs what it burns',
    [grant('a', '3', '10', credits('10'))],
    '5',
    { allowed: true, reason: 'within_limit', creditsAvailable: '10' },
  ],
  [
    'a quantity that would burn more is denied',
    [grant('a', '3', '10', credits('9.9'))],
    '5',
    { allowed: false, reason: 'credits_used_up', remaining: '7' },
  ],
  [
    'without credits it is denied within its limit',
    [grant('a', '3', '10', credits('0'))],
    undefined,
    { allowed: false, reason: 'credits_used_up' },
  ],
  [
    'what the limit denies is denied by the limit, whatever credits there are',
    [grant('a', '10', '10', credits('9'))],
    undefined,
    { allowed: false, reason: 'limit_reached' },
  ],
  [
    'of several units one that suffices is enough',
    [
      grant('a', '3', '10', {
        credits: [...credits('1').credits, ...credits('8', '1').credits],
      }),
    ],
    '5',
    { allowed: true, creditsAvailable: '8' },
  ],
  [
    'what needs no credits answers, also where it has less left',
    [grant('a', '3', '100', credits('0')), grant('b', '3', '10')],
    '5',
    { allowed: true, reason: 'within_limit', entitlementId: 'ent_b' },
  ],
])('credits: %s', (_rule, grants, quantity, expected) => {
  expect(texts(decide(grants, quantity))).toMatchObject(expected);
});
