import type { AccountId, CreditUnitId, PlanId, RecurringCreditGrantId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { howMany } from '@billingrails/testing';
import { MONTHLY, type CycleRule } from '@billingrails/time';
import fc from 'fast-check';
import type { CreditGrant } from '../../credits/domain/credit-grant';
import type { Fact, FactContent } from '../../subscriptions/domain/fact';
import {
  MONTHLY_FROM_START,
  NOT_BILLED,
  type Subscription,
} from '../../subscriptions/domain/subscription';
import { grantedToAccount, grantedToSubscription } from './instances';
import type { RecurringGrant } from './recurring-grant';

const ACCOUNT = 'acct_1' as AccountId;
const ms = (text: string) => Date.parse(text);
const [BASIC, PRO, PACK] = ['plan_basic', 'plan_pro', 'plan_pack'] as const;
const HOUR_MS = 3_600_000;

function recurring(terms: Partial<RecurringGrant> = {}): RecurringGrant {
  return {
    id: 'rcg_1' as RecurringCreditGrantId,
    grantee: { kind: 'account', accountId: ACCOUNT },
    creditUnitId: 'cun_1' as CreditUnitId,
    ...{ amount: decimal(100n), category: 'promotional', priority: 1, memo: '' },
    ...{ rolloverCycles: 0, startMs: ms('2024-01-31T10:00:00Z'), createMs: 0 },
    ...terms,
  };
}

const text = ({ amount, effectiveMs, expiryMs = NaN, rollover }: CreditGrant) =>
  [
    decimalText(amount),
    ...[effectiveMs, rollover?.fromMs ?? NaN, expiryMs].map((at) =>
      Number.isNaN(at) ? '-' : new Date(at).toISOString().slice(0, 16),
    ),
  ].join(' ');

const monthly = { rule: MONTHLY, timeZone: 'UTC' };
const every = (unit: CycleRule['unit'], count: number): CycleRule => ({
  ...{ unit, count, anchor: { kind: 'start' } },
});

test.each<[string, Partial<RecurringGrant>, string, string[]]>([
  [
    'monthly from the 31st, expiring where the cycle ends',
    { interval: monthly },
    '2024-04-01T00:00:00Z',
    [
      '100 2024-01-31T10:00 - 2024-02-29T10:00',
      '100 2024-02-29T10:00 - 2024-03-31T10:00',
      '100 2024-03-31T10:00 - 2024-04-30T10:00',
    ],
  ],
  [
    'every two weeks, in Berlin, where the clocks are put forward',
    {
      interval: { rule: every('week', 2), timeZone: 'Europe/Berlin' },
      startMs: ms('2024-03-20T11:00:00Z'),
    },
    '2024-04-10T00:00:00Z',
    ['100 2024-03-20T11:00 - 2024-04-03T10:00', '100 2024-04-03T10:00 - 2024-04-17T10:00'],
  ],
  [
    'anchored to the calendar: the first cycle is short, and granted whole',
    { interval: { ...monthly, rule: { ...MONTHLY, anchor: { kind: 'calendar' } } } },
    '2024-02-01T00:00:00Z',
    ['100 2024-01-31T10:00 - 2024-02-01T00:00', '100 2024-02-01T00:00 - 2024-03-01T00:00'],
  ],
  [
    'carried into two cycles more',
    { interval: monthly, rolloverCycles: 2 },
    '2024-02-01T00:00:00Z',
    ['100 2024-01-31T10:00 2024-02-29T10:00 2024-04-30T10:00'],
  ],
  [
    'in part for a short first cycle: 14 of 744 hours of January are left',
    {
      interval: { ...monthly, rule: { ...MONTHLY, anchor: { kind: 'calendar' } } },
      proratedDigits: 2,
    },
    '2024-02-01T00:00:00Z',
    ['1.88 2024-01-31T10:00 - 2024-02-01T00:00', '100 2024-02-01T00:00 - 2024-03-01T00:00'],
  ],
  [
    'nothing where a part is too small',
    {
      ...{ interval: { ...monthly, rule: { ...MONTHLY, anchor: { kind: 'calendar' } } } },
      ...{ proratedDigits: 0, amount: decimal(26n) },
    },
    '2024-02-01T00:00:00Z',
    ['26 2024-02-01T00:00 - 2024-03-01T00:00'],
  ],
  [
    'with an end, from which on nothing is granted',
    { interval: { rule: every('day', 1), timeZone: 'UTC' }, endMs: ms('2024-02-02T10:00:00Z') },
    '2024-03-01T00:00:00Z',
    ['100 2024-01-31T10:00 - 2024-02-01T10:00', '100 2024-02-01T10:00 - 2024-02-02T10:00'],
  ],
])('an account is granted credits %s', (_name, terms, now, expected) => {
  const span = { fromMs: -Infinity, nowMs: ms(now) };
  const { grants } = grantedToAccount(recurring(terms), ACCOUNT, span);
  expect(grants.map(text)).toEqual(expected);
});

function subscription(changes: [string, FactContent][], endMs?: number): Subscription {
  return {
    ...{ id: 'sub_1', accountId: ACCOUNT, planId: BASIC, planVersion: 1, currencyCode: 'USD' },
    ...{ startMs: ms('2024-01-10T00:00:00Z'), timeZone: 'UTC', ...MONTHLY_FROM_START },
    quantity: decimal(1n),
    changes: changes.map(([at, content]): Fact => ({
      ...content,
      effectiveMs: ms(at),
      knownMs: 0,
    })),
    ...{ fees: [], cycle: 0, createMs: 0, billed: NOT_BILLED },
    ...(endMs === undefined ? {} : { endMs, cancelMs: 0 }),
  };
}

const ofPlan = (planId: PlanId, terms: Partial<RecurringGrant> = {}) =>
  recurring({ grantee: { kind: 'plan', planId }, startMs: 0, ...terms });

const toPlan = (planId: PlanId): FactContent => {
  return { kind: 'plan_changed', planId, planVersion: 1, proration: 'day' };
};
const packs = (quantity: bigint): FactContent => ({
  ...{ kind: 'add_on_changed', planId: PACK, planVersion: 1, proration: 'day' },
  quantity: decimal(quantity),
});

test.each<[string, RecurringGrant, Subscription, string[]]>([
  [
    'in each cycle that it has the plan in',
    ofPlan(BASIC),
    subscription([]),
    [
      '100 2024-01-10T00:00 - 2024-02-10T00:00',
      '100 2024-02-10T00:00 - 2024-03-10T00:00',
      '100 2024-03-10T00:00 - 2024-04-10T00:00',
    ],
  ],
  [
    'from when it changes to the plan, once in a cycle however often it goes back and forth',
    ofPlan(PRO),
    subscription([
      ['2024-02-20T00:00:00Z', toPlan(PRO)],
      ['2024-02-21T00:00:00Z', toPlan(BASIC)],
      ['2024-02-22T00:00:00Z', toPlan(PRO)],
    ]),
    ['100 2024-02-20T00:00 - 2024-03-10T00:00', '100 2024-03-10T00:00 - 2024-04-10T00:00'],
  ],
  [
    'for each add-on, and for more of them when it gets them',
    ofPlan(PACK),
    subscription([
      ['2024-02-20T00:00:00Z', packs(2n)],
      ['2024-02-25T00:00:00Z', packs(1n)],
      ['2024-03-01T00:00:00Z', packs(5n)],
    ]),
    [
      '200 2024-02-20T00:00 - 2024-03-10T00:00',
      '300 2024-03-01T00:00 - 2024-03-10T00:00',
      '500 2024-03-10T00:00 - 2024-04-10T00:00',
    ],
  ],
  [
    'in part from when it changes to the plan, and whole from the next cycle on',
    ofPlan(PRO, { proratedDigits: 8 }),
    subscription([['2024-02-20T00:00:00Z', toPlan(PRO)]]),
    ['65.51724138 2024-02-20T00:00 - 2024-03-10T00:00', '100 2024-03-10T00:00 - 2024-04-10T00:00'],
  ],
  [
    'in part for more add-ons that it gets in a cycle',
    ofPlan(PACK, { proratedDigits: 2 }),
    subscription([
      ['2024-02-10T00:00:00Z', packs(2n)],
      ['2024-03-01T00:00:00Z', packs(5n)],
    ]),
    [
      '200 2024-02-10T00:00 - 2024-03-10T00:00',
      '93.1 2024-03-01T00:00 - 2024-03-10T00:00',
      '500 2024-03-10T00:00 - 2024-04-10T00:00',
    ],
  ],
  [
    'not while it is paused, and not after its end',
    ofPlan(BASIC),
    subscription(
      [
        ['2024-01-20T00:00:00Z', { kind: 'paused', billed: 'nothing', proration: 'day' }],
        ['2024-02-15T00:00:00Z', { kind: 'resumed', proration: 'day' }],
        ['2024-03-05T00:00:00Z', { kind: 'cancelled', proration: 'day' }],
      ],
      ms('2024-03-05T00:00:00Z'),
    ),
    ['100 2024-01-10T00:00 - 2024-02-10T00:00', '100 2024-02-15T00:00 - 2024-03-10T00:00'],
  ],
  [
    'from the start of what is granted on',
    recurring({
      grantee: { kind: 'subscription', subscriptionId: 'sub_1' },
      startMs: ms('2024-02-01T00:00:00Z'),
    }),
    subscription([]),
    [
      '100 2024-02-01T00:00 - 2024-02-10T00:00',
      '100 2024-02-10T00:00 - 2024-03-10T00:00',
      '100 2024-03-10T00:00 - 2024-04-10T00:00',
    ],
  ],
])('a subscription is granted credits %s', (_name, granted, subscribed, expected) => {
  const span = { fromMs: -Infinity, nowMs: ms('2024-03-20T00:00:00Z') };
  const { grants } = grantedToSubscription([granted], subscribed, span);
  expect(grants.map(text)).toEqual(expected);
});

test('however often and late it is looked at, the same is granted: from each look to the next', () => {
  const subscribed = subscription([
    ['2024-01-20T06:00:00Z', packs(2n)],
    ['2024-02-10T00:00:00Z', { kind: 'paused', billed: 'nothing', proration: 'day' }],
    ['2024-02-15T00:00:00Z', { kind: 'resumed', proration: 'day' }],
    ['2024-02-16T00:00:00Z', packs(3n)],
    ['2024-03-01T00:00:00Z', toPlan(PRO)],
  ]);
  const all = [
    ofPlan(BASIC),
    ofPlan(PRO, { id: 'rcg_2' }),
    ofPlan(PACK, { id: 'rcg_3', rolloverCycles: 1 }),
  ];
  const beginMs = subscribed.startMs;
  const untilMs = ms('2024-04-20T00:00:00Z');
  const whole = grantedToSubscription(all, subscribed, { fromMs: beginMs, nowMs: untilMs });
  const looks = fc.array(fc.nat({ max: (untilMs - beginMs) / HOUR_MS }), { maxLength: 12 });
  fc.assert(
    fc.property(looks, (hours) => {
      const found = new Map<string, CreditGrant>();
      let fromMs: number | undefined = beginMs;
      const times = hours.map((hour) => beginMs + hour * HOUR_MS).sort((a, b) => a - b);
      for (const nowMs of [...times, untilMs]) {
        if (fromMs === undefined || fromMs > nowMs) continue;
        // Only what was agreed by then is known.
        const changes = subscribed.changes.filter(({ effectiveMs }) => effectiveMs <= nowMs);
        const { grants } = grantedToSubscription(
          all,
          { ...subscribed, changes },
          { fromMs, nowMs },
        );
        for (const grant of grants) {
          expect(grant.effectiveMs).toBeLessThanOrEqual(nowMs);
          found.set(grant.id, grant);
        }
        const later = subscribed.changes.map(({ effectiveMs }) => effectiveMs);
        ({ nextMs: fromMs } = grantedToSubscription(all, subscribed, { fromMs, nowMs }));
        // A change wakes it when it becomes known.
        fromMs = Math.min(fromMs ?? Infinity, ...later.filter((at) => at > nowMs));
      }
      expect([...found.keys()].sort()).toEqual(whole.grants.map(({ id }) => id).sort());
    }),
    { numRuns: howMany(50, 5_000) },
  );
});
