import type { AccountId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { MONTHLY, type CycleRule } from '@billingrails/time';
import { entitlement } from '../../testing/allowance';
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
