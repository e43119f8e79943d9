import type { AccountId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { MONTHLY, type CycleRule } from '@billingrails/time';
import { entitlement } from '../../testing/allowance';
import { decideAccess } from './access-decision';
import { allowancesOf, type Holder } from './allowance';
import type { Entitlement } from './feature';
import { periodsBefore, rolledOverInto } from './rollover';

/**
 * Worked cases of other billing systems, each by its name: what any right system agrees with is as there. Where one
 * chose otherwise, ours stands here, theirs in docs/entitlements.md.
 */
const at = (text: string) => Date.parse(text);
const START = at('2024-01-01T00:00:00Z');
const HOUR_MS = 3_600_000;

const holderFrom = (startMs: number, timeZone = 'UTC') =>
  ({
    subscription: { id: 'sub_1', startMs, timeZone, cycleRule: MONTHLY },
    plans: [{ planId: 'plan_1', count: decimal('1') }],
  }) satisfies Holder;
const ofAccount = (given: Partial<Entitlement>) =>
  entitlement({
    grantee: { kind: 'account', accountId: 'acct_1' as AccountId },
    reset: { kind: 'never' },
    ...given,
  });

/** What is decided where so much was used. */
function decided(entitlements: readonly Entitlement[], nowMs: number, used: string) {
  const found = allowancesOf(entitlements, [holderFrom(START)], nowMs);
  const counted = found.map((each) => ({ ...each, used: decimal(used), reserved: decimal('0') }));
  const { allowed, remaining } = decideAccess('metered', counted, undefined);
  return { allowed, remaining: remaining && decimalText(remaining) };
}

test('ent-om-before-measure: usage before the start of measurement does not count', () => {
  const [found] = allowancesOf([ofAccount({ startMs: START })], [], START + HOUR_MS);
  expect(found?.usedPeriod).toEqual({ startMs: START, endMs: START + HOUR_MS });
});

test('ent-om-grant-at-reset: what is granted from the instant of a reset on belongs to the period that begins', () => {
  const resetMs = START + 5 * HOUR_MS;
  const rule: CycleRule = { unit: 'day', count: 1, anchor: { kind: 'instant', ms: resetMs } };
  const own = { reset: { kind: 'interval', rule }, limit: decimal('1000') } as const;
  const granted = [
    ofAccount({ ...own, startMs: START + 2 * HOUR_MS, endMs: resetMs }),
    ofAccount({ ...own, startMs: resetMs }),
  ];
  expect(decided(granted, resetMs, '0')).toEqual({ allowed: true, remaining: '1000' });
});

const monthFrom = (text: string): CycleRule => {
  return { unit: 'month', count: 1, anchor: { kind: 'instant', ms: at(text) } };
};
const dayFrom = (text: string): CycleRule => ({ ...monthFrom(text), unit: 'day' });

test.each<[string, CycleRule, string, string, string]>([
  [
    'ent-fp-daily-2: at the end of a leap day',
    dayFrom('2024-01-01T00:00:00Z'),
    ...(['UTC', '2024-02-29T23:59:59Z', '2024-03-01T00:00:00Z'] as const),
  ],
  [
    'ent-fp-monthly-04: from the 31st, in a short month',
    monthFrom('2024-01-31T00:00:00Z'),
    ...(['UTC', '2024-02-15T12:00:00Z', '2024-02-29T00:00:00Z'] as const),
  ],
  [
    'ent-fp-monthly-09: into the next year',
    monthFrom('2024-11-05T00:00:00Z'),
    ...(['UTC', '2024-12-15T12:00:00Z', '2025-01-05T00:00:00Z'] as const),
  ],
  [
    "ent-fp-daily-4: at the anchor's time of day, 05:30 in Kolkata (chosen)",
    dayFrom('2024-01-01T05:30:00+05:30'),
    ...(['Asia/Kolkata', '2024-03-15T12:30:00+05:30', '2024-03-16T05:30:00+05:30'] as const),
  ],
  [
    "ent-fp-monthly-12: at the anchor's time of day, 08:00 in Los Angeles (chosen)",
    monthFrom('2024-01-05T08:00:00-08:00'),
    ...(['America/Los_Angeles', '2024-03-15T14:30:00-07:00', '2024-04-05T08:00:00-07:00'] as const),
  ],
])('%s: %j in %s at %s resets next at %s', (_name, rule, timeZone, now, next) => {
  const { anchor } = rule;
  const startMs = anchor.kind === 'instant' ? anchor.ms : START;
  const granted = [entitlement({ reset: { kind: 'interval', rule } })];
  const [found] = allowancesOf(granted, [holderFrom(startMs, timeZone)], at(now));
  expect(found?.period.endMs).toBe(at(next));
});

test.each([
  ['ent-mt-limit-3: access ends when use reaches the limit', '100', true, '0', false],
  [
    'ent-mt-limit-disabled: below its limit, too, nothing is granted',
    '10',
    false,
    undefined,
    false,
  ],
  ['below the limit it is granted', '10', true, '90', true],
] as const)('%s', (_rule, used, isGranted, remaining, allowed) => {
  const granted = isGranted ? [entitlement({ limit: decimal('100') })] : [];
  expect(decided(granted, START + HOUR_MS, used)).toEqual({ allowed, remaining });
});

test('ent-om-rollover: only usage from the grants on counts, and what is left rolls over up to each maximum (chosen)', () => {
  const resetMs = START + 5 * HOUR_MS;
  const rule: CycleRule = { unit: 'day', count: 1, anchor: { kind: 'instant', ms: resetMs } };
  const reset = { kind: 'interval', rule } as const;
  const own = { reset, limit: decimal('1000'), startMs: START + 2 * HOUR_MS };
  const granted = ['1000', '100'].map((maximum, index) =>
    ofAccount({
      ...{ ...own, id: `ent_${index}` },
      rollover: { periods: 1, maximum: decimal(maximum) },
    }),
  );
  const grantedAt = (ms: number) => allowancesOf(granted, [], ms);
  const [now] = grantedAt(resetMs);
  if (now === undefined) throw new Error('Nothing is granted.');
  // The 600 used a minute after the start were used before: there 400 and 100 are left.
  const before = periodsBefore(now, grantedAt).map((allowance) => ({
    allowance,
    used: decimal('0'),
  }));
  expect(before.map(({ allowance }) => allowance.period.startMs)).toEqual([START + 2 * HOUR_MS]);
  expect(decimalText(rolledOverInto(now, before))).toBe('1100');
});
