import type { AccountId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { MONTHLY, type CycleRule } from '@billingrails/time';
import { entitlement } from '../../testing/allowance';
import { decideAccess } from './access-decision';
import { allowancesOf, type Holder } from './allowance';
import type { Entitlement } from './feature';

const at = (text: string) => Date.parse(text);
const NOW = at('2024-02-10T12:00:00Z');

function holder(id: `sub_${string}`, start: string, more: Partial<Holder['subscription']> = {}) {
  const subscription = { id, startMs: at(start), timeZone: 'UTC', cycleRule: MONTHLY, ...more };
  return { subscription, plans: [{ planId: `plan_${id}`, count: decimal('1') }] } satisfies Holder;
}

const ofPlan = (id: `sub_${string}`, given: Partial<Entitlement> = {}) =>
  entitlement({ grantee: { kind: 'plan', planId: `plan_${id}` }, ...given });
const ofSubscription = (subscriptionId: `sub_${string}`, given: Partial<Entitlement> = {}) =>
  entitlement({ grantee: { kind: 'subscription', subscriptionId }, ...given });
const ofAccount = (given: Partial<Entitlement> = {}) =>
  entitlement({
    grantee: { kind: 'account', accountId: 'acct_1' as AccountId },
    reset: { kind: 'never' },
    ...given,
  });
const limit = (text: string) => ({ limit: decimal(text) });

const shown = (entitlements: Entitlement[], holders: Holder[], nowMs = NOW) =>
  allowancesOf(entitlements, holders, nowMs).map(({ period, limit: most, grace }) => [
    new Date(period.startMs).toISOString(),
    period.endMs === Infinity ? 'never' : new Date(period.endMs).toISOString(),
    most === undefined ? 'unlimited' : decimalText(most.add(grace)),
  ]);

const FEBRUARY = ['2024-02-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z'] as const;

test('what is granted for the same period is added up, with its grace', () => {
  const holders = [
    holder('sub_1', '2024-01-01T00:00:00Z'),
    holder('sub_2', '2024-02-01T00:00:00Z'),
  ];
  const own = ofAccount({ ...limit('0.5'), reset: { kind: 'billing_cycle' } });
  const granted = [ofPlan('sub_1', limit('10')), ofPlan('sub_2', limit('20')), own];
  expect(shown(granted, holders)).toEqual([[...FEBRUARY, '30.5']]);
  const graceful = [...granted, ofAccount({ ...own, grace: decimal('2') })];
  expect(shown(graceful, holders)).toEqual([[...FEBRUARY, '33']]);
  expect(shown([...granted, ofPlan('sub_2')], holders)).toEqual([[...FEBRUARY, '30.5']]);
  expect(shown([...granted, ofAccount({ reset: own.reset })], holders)).toEqual([
    [...FEBRUARY, 'unlimited'],
  ]);
});

test('an add-on adds what it grants beside the plan, as often as the subscription has it', () => {
  const base = holder('sub_1', '2024-01-01T00:00:00Z');
  const addOn = { planId: 'plan_more', count: decimal('3') } as const;
  const holders = [{ ...base, plans: [...base.plans, addOn] }];
  const more = entitlement({
    ...{ grantee: { kind: 'plan', planId: 'plan_more' }, ...limit('2.5'), grace: decimal('0.5') },
  });
  expect(shown([ofPlan('sub_1', limit('10')), more], holders)).toEqual([[...FEBRUARY, '19']]);
  expect(shown([more, ofPlan('sub_1')], holders)).toEqual([[...FEBRUARY, 'unlimited']]);
  const own = ofSubscription('sub_1', limit('3'));
  expect(shown([ofPlan('sub_1', limit('10')), more, own], holders)).toEqual([[...FEBRUARY, '3']]);
});

test('what is granted for other periods stands beside it', () => {
  const holders = [
    holder('sub_1', '2024-01-01T00:00:00Z'),
    holder('sub_2', '2024-01-15T00:00:00Z'),
  ];
  const granted = [
    ofPlan('sub_1', limit('10')),
    ofPlan('sub_2', limit('20')),
    ofAccount({ ...limit('5'), startMs: at('2024-01-20T00:00:00Z') }),
    ofAccount({ ...limit('7'), startMs: at('2024-01-20T00:00:00Z') }),
    ofAccount({ ...limit('1'), reset: { kind: 'billing_cycle' } }),
  ];
  expect(shown(granted, holders)).toEqual([
    [...FEBRUARY, '11'],
    ['2024-01-15T00:00:00.000Z', '2024-02-15T00:00:00.000Z', '21'],
    ['2024-01-20T00:00:00.000Z', 'never', '12'],
  ]);
});

test("a subscription's own comes before its plan's, also where it grants less", () => {
  const holders = [holder('sub_1', '2024-01-01T00:00:00Z')];
  const granted = [ofPlan('sub_1', limit('10')), ofSubscription('sub_1', limit('3'))];
  expect(shown(granted, holders)).toEqual([[...FEBRUARY, '3']]);
});

test('it is granted from its start up to its end', () => {
  const holders = [holder('sub_1', '2024-01-01T00:00:00Z')];
  const granted = [ofPlan('sub_1', { startMs: NOW, endMs: NOW + 10 })];
  expect([NOW - 1, NOW, NOW + 9, NOW + 10].map((ms) => shown(granted, holders, ms).length)).toEqual(
    [0, 1, 1, 0],
  );
  const own = ofSubscription('sub_1', { ...limit('3'), endMs: NOW });
  expect(shown([ofPlan('sub_1', limit('10')), own], holders)).toEqual([[...FEBRUARY, '10']]);
});

test("a period of its own is counted in the subscription's zone from the later of both starts", () => {
  const start: CycleRule = { unit: 'week', count: 1, anchor: { kind: 'start' } };
  const berlin = holder('sub_1', '2024-01-31T23:00:00Z', { timeZone: 'Europe/Berlin' });
  const weekly = { reset: { kind: 'interval', rule: start } } as const;
  expect(shown([ofPlan('sub_1', weekly)], [berlin])[0]?.slice(0, 2)).toEqual([
    '2024-02-07T23:00:00.000Z',
    '2024-02-14T23:00:00.000Z',
  ]);
  const later = { ...weekly, startMs: at('2024-02-09T10:00:00Z') };
  expect(shown([ofPlan('sub_1', later)], [berlin])[0]?.slice(0, 2)).toEqual([
    '2024-02-09T10:00:00.000Z',
    '2024-02-16T10:00:00.000Z',
  ]);
  const daily: CycleRule = { unit: 'day', count: 1, anchor: { kind: 'calendar' } };
  const inTokyo = { kind: 'interval', rule: daily, timeZone: 'Asia/Tokyo' } as const;
  expect(shown([ofAccount({ reset: inTokyo })], [])[0]?.slice(0, 2)).toEqual([
    '2024-02-09T15:00:00.000Z',
    '2024-02-10T15:00:00.000Z',
  ]);
});

/** Worked by other billing systems, which any right one agrees with; the system stands in front of each. */
describe('the cases of others', () => {
  const month = (text: string): CycleRule => ({
    ...{ unit: 'month', count: 1, anchor: { kind: 'instant', ms: at(text) } },
  });
  const day = (text: string): CycleRule => ({ ...month(text), unit: 'day' });

  test.each<[string, CycleRule, string, string, string, string]>([
    [
      'flexprice',
      day('2024-01-01T00:00:00Z'),
      'UTC',
      '2024-01-01T00:00:00Z',
      '2024-02-29T23:59:59Z',
      '2024-03-01T00:00:00Z',
    ],
    [
      'flexprice',
      month('2024-01-31T00:00:00Z'),
      'UTC',
      '2024-01-31T00:00:00Z',
      '2024-02-15T12:00:00Z',
      '2024-02-29T00:00:00Z',
    ],
    [
      'flexprice',
      month('2024-11-05T00:00:00Z'),
      'UTC',
      '2024-11-05T00:00:00Z',
      '2024-12-15T12:00:00Z',
      '2025-01-05T00:00:00Z',
    ],
    // Chosen otherwise than flexprice, which resets at local midnight: the anchor's time of day is kept.
    [
      'ours',
      day('2024-01-01T00:00:00Z'),
      'Asia/Kolkata',
      '2023-12-31T18:30:00Z',
      '2024-03-15T07:00:00Z',
      '2024-03-16T00:00:00Z',
    ],
    [
      'ours',
      month('2024-01-05T16:00:00Z'),
      'America/Los_Angeles',
      '2024-01-05T16:00:00Z',
      '2024-03-15T21:30:00Z',
      '2024-04-05T15:00:00Z',
    ],
  ])(
    '%s: %j in %s from %s at %s resets next at %s',
    (_system, rule, timeZone, start, now, next) => {
      const holders = [holder('sub_1', start, { timeZone })];
      const granted = [ofPlan('sub_1', { reset: { kind: 'interval', rule } })];
      const [found] = allowancesOf(granted, holders, at(now));
      expect(new Date(found?.period.endMs ?? 0).toISOString()).toBe(new Date(next).toISOString());
    },
  );

  test('openmeter: usage before the start of measurement does not count', () => {
    const [found] = allowancesOf([ofAccount({ startMs: NOW })], [], NOW + 3_600_000);
    expect(found?.usedPeriod).toEqual({ startMs: NOW, endMs: NOW + 3_600_000 });
  });

  test('openmeter: what is granted from the instant of a reset on belongs to the period that begins', () => {
    const reset = (hours: number) => ({ kind: 'instant', ms: NOW + hours * 3_600_000 }) as const;
    const fiveHours: CycleRule = { unit: 'day', count: 1, anchor: reset(5) };
    const own = { reset: { kind: 'interval', rule: fiveHours } } as const;
    const granted = [
      ofAccount({ ...own, ...limit('1000'), startMs: NOW, endMs: NOW + 5 * 3_600_000 }),
      ofAccount({ ...own, ...limit('1000'), startMs: NOW + 5 * 3_600_000 }),
    ];
    const [found] = allowancesOf(granted, [], NOW + 5 * 3_600_000);
    const used = { used: decimal('0'), reserved: decimal('0') };
    const decision = decideAccess('metered', found ? [{ ...found, ...used }] : [], undefined);
    expect(decimalText(decision.remaining ?? decimal('-1'))).toBe('1000');
  });

  test.each([
    ['meteroid: access ends when use reaches the limit', '100', true, false],
    ['meteroid: what is disabled grants nothing below its limit', '10', false, false],
    ['meteroid: below the limit it is granted', '10', true, true],
  ])('%s', (_rule, used, isGranted, allowed) => {
    const granted = isGranted ? [ofPlan('sub_1', limit('100'))] : [];
    const found = allowancesOf(granted, [holder('sub_1', '2024-02-01T00:00:00Z')], NOW);
    const counted = found.map((each) => ({ ...each, used: decimal(used) }));
    expect(decideAccess('metered', counted, undefined).allowed).toBe(allowed);
  });
});
