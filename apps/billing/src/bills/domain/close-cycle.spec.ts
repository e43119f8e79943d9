import {
  derivedId,
  type AccountId,
  type FeeId,
  type MeterId,
  type OrganisationId,
} from '@billingrails/ids';
import { decimal, decimalText, moneyText, toMoney } from '@billingrails/money';
import type { GroupUsage, Price } from '@billingrails/rating';
import { MONTHLY_FROM_START, NOT_BILLED } from '../../subscriptions/domain/subscription';
import { factsOf } from '../../subscriptions/domain/facts-of';
import { neededUsage, type Usage } from './expected';
import { obligationsOf } from './obligations';
import { billIdOf } from './posted-bill';
import { chargesOf, closeCycle } from './testing/close-cycle';
import { profileKey, type Fee } from '../../catalogue/domain/fee';
import { planKey, refOf, type Plan } from '../../catalogue/domain/plan';
import { cyclePeriod, type Subscription } from '../../subscriptions/domain/subscription';

const organisationId: OrganisationId = 'org_1';
const startMs = Date.UTC(2023, 10, 1);
const tokens = { meterId: 'mtr_1' as MeterId, profile: 'prompt' };
const generated = { meterId: 'mtr_1' as MeterId, profile: 'generated' };

const promptPrice: Price = {
  kind: 'graduated',
  tiers: [
    { upTo: decimal('10000000'), unitAmount: decimal('0'), flatAmount: decimal('0') },
    { unitAmount: decimal('0.0000025'), flatAmount: decimal('0') },
  ],
};

let count = 0;
function fee(price: Price, meterProfile?: Fee['meterProfile'], createMs = startMs): Fee {
  count += 1;
  const id: FeeId = `fee_${count}`;
  return {
    id,
    name: `fee ${count}`,
    price,
    unit: 'unit',
    createMs,
    ...(meterProfile ? { meterProfile } : {}),
  };
}

function plan(...fees: Fee[]): Plan {
  const version = { version: 1, status: 'published', role: 'plan' } as const;
  return { id: 'plan_1', ...version, name: 'LLM', currencyCode: 'USD', fees, createMs: startMs };
}

function subscription(changes: Partial<Subscription> = {}): Subscription {
  return {
    id: 'sub_1',
    accountId: 'acct_1' as AccountId,
    planId: 'plan_1',
    planVersion: 1,
    startMs,
    timeZone: 'UTC',
    currencyCode: 'USD',
    fees: [],
    quantity: decimal(1n),
    changes: [],
    ...MONTHLY_FROM_START,
    billed: NOT_BILLED,
    cycle: 0,
    createMs: startMs,
    ...changes,
  };
}

function closed(input: {
  plan: Plan;
  subscription?: Subscription;
  usages?: [Fee['meterProfile'], Usage][];
  groupUsages?: [Fee['meterProfile'], GroupUsage[]][];
  groupsMax?: number;
}) {
  const sub = input.subscription ?? subscription();
  const bill = closeCycle({
    organisationId,
    subscription: sub,
    plan: input.plan,
    usages: byProfile(input.usages),
    groupUsages: byProfile(input.groupUsages),
    ...(input.groupsMax === undefined ? {} : { groupsShown: input.groupsMax }),
    closeMs: cyclePeriod(sub, sub.cycle).endMs,
  });
  return { ...bill, charges: chargesOf(bill) };
}

function byProfile<T>(usages: [Fee['meterProfile'], T][] = []): Map<string, T> {
  return new Map(
    usages.flatMap(([profile, usage]) => (profile ? [[profileKey(profile), usage]] : [])),
  );
}

/** The profiles whose usage a bill for the first cycle asks for. */
function needed(of: Plan) {
  const facts = factsOf(subscription());
  const agreement = {
    organisationId,
    subscription: subscription(),
    facts,
    plans: new Map([[planKey(refOf(of)), of]]),
  };
  const untilMs = cyclePeriod(subscription(), 0).endMs - 1;
  const { whole, byGroup } = neededUsage(
    obligationsOf(agreement, { firstCycle: 0 }, { untilMs, graceMs: 0 }),
  );
  const profiles = (questions: typeof whole) => questions.map(({ meterProfile }) => meterProfile);
  return { whole: profiles(whole), byGroup: profiles(byGroup) };
}

test('the LLM plan comes to 20.00, 20.15 and 2.46 dollars for 18,059,974 prompt and 245,896 generated tokens', () => {
  const llm = plan(
    fee({ kind: 'flat', amount: decimal('20.00') }),
    fee(promptPrice, tokens),
    fee({ kind: 'perUnit', unitAmount: decimal('0.00001') }, generated),
  );
  const { charges } = closed({
    plan: llm,
    usages: [
      [tokens, { quantity: decimal('18059974'), eventCount: 8819n }],
      [generated, { quantity: decimal('245896'), eventCount: 8819n }],
    ],
  });
  expect(charges.map(({ rated }) => decimalText(rated.amount))).toEqual([
    '20',
    '20.149935',
    '2.45896',
  ]);
  expect(charges.map(({ rated }) => toMoney(rated.amount, 'USD').minorUnits)).toEqual([
    2000n,
    2015n,
    246n,
  ]);
  expect(
    charges[1]?.rated.steps.map((tier) => [tier.quantity, tier.amount].map(decimalText)),
  ).toEqual([
    ['10000000', '0'],
    ['8059974', '20.149935'],
  ]);
  expect(charges[0]?.usage).toBeUndefined();
  expect(charges[1]?.usage).toEqual({
    meterProfile: tokens,
    period: { startMs, endMs: Date.UTC(2023, 11, 1) },
    eventCount: 8819n,
  });
});

test.each([
  ['10000000', 'USD', '0.00'], // the boundary unit belongs to the free tier
  ['10000001', 'USD', '0.00'],
  ['10002000', 'USD', '0.01'], // exactly half a cent goes away from zero
  ['10001999', 'USD', '0.00'],
  ['14000000', 'JPY', '10'],
  ['10200000.5', 'JPY', '1'],
])('%s prompt tokens in %s are %s on the line', (quantity, currency, line) => {
  const { charges } = closed({
    plan: { ...plan(fee(promptPrice, tokens)), currencyCode: currency },
    usages: [[tokens, { quantity: decimal(quantity), eventCount: 1n }]],
  });
  expect(charges.map(({ rated }) => moneyText(toMoney(rated.amount, currency)))).toEqual([line]);
});

test('a maximum, minimum or latest without events charges for 0', () => {
  const { charges } = closed({
    plan: plan(fee({ kind: 'perUnit', unitAmount: decimal('3') }, tokens)),
    usages: [[tokens, { eventCount: 0n }]],
  });
  expect(charges.map(({ rated }) => [rated.quantity, rated.amount].map(decimalText))).toEqual([
    ['0', '0'],
  ]);
});

test("the plan's fees come first, then the subscription's own, each in the order they were added", () => {
  const fees = Array.from({ length: 4 }, () => fee({ kind: 'flat', amount: decimal('1') }));
  const [a, b, c, d] = fees as [Fee, Fee, Fee, Fee];
  const { charges } = closed({ plan: plan(a, b), subscription: subscription({ fees: [c, d] }) });
  expect(charges.map(({ feeId }) => feeId)).toEqual(fees.map(({ id }) => id));
});

test.each([
  ['before the period', startMs - 1, true],
  ['in its last millisecond', Date.UTC(2023, 11, 1) - 1, true],
  ['at its end', Date.UTC(2023, 11, 1), false],
  ['after it', Date.UTC(2023, 11, 2), false],
])('a fee that was added %s charges it whole or not at all', (_when, createMs, charges) => {
  const added = fee({ kind: 'flat', amount: decimal('7') }, undefined, createMs);
  const amounts = (at: Plan, sub: Subscription) =>
    closed({ plan: at, subscription: sub }).charges.map(({ rated }) => decimalText(rated.amount));
  expect(amounts(plan(added), subscription())).toEqual(charges ? ['7'] : []);
  expect(amounts(plan(), subscription({ fees: [added] }))).toEqual(charges ? ['7'] : []);
});

test('two fees on one profile ask for its usage once and are both charged for all of it', () => {
  const price: Price = { kind: 'perUnit', unitAmount: decimal('0.5') };
  const both = plan(
    fee(price, tokens),
    fee(price, { ...tokens }),
    fee({ kind: 'flat', amount: decimal('1') }),
  );
  expect(needed(both)).toEqual({ whole: [tokens], byGroup: [] });
  const { charges } = closed({
    plan: both,
    usages: [[tokens, { quantity: decimal('4'), eventCount: 2n }]],
  });
  expect(charges.map(({ rated }) => decimalText(rated.amount))).toEqual(['2', '2', '1']);
});

test('the id follows from organisation, subscription and number, so billing again makes the same bill', () => {
  const id = (bills: number) =>
    closed({ plan: plan(), subscription: subscription({ billed: { changes: 0, bills } }) }).id;
  expect(id(0)).toBe(derivedId('bill', organisationId, 'sub_1', '0'));
  expect(id(0)).toBe(billIdOf(organisationId, 'sub_1', 0));
  expect(id(0)).toBe(id(0));
  expect(id(1)).not.toBe(id(0));
});

test.each([
  ['when it ends', Date.UTC(2023, 10, 1), Date.UTC(2023, 11, 1)],
  ['with the subscription, where that came later', Date.UTC(2024, 0, 1), Date.UTC(2024, 0, 1)],
])('a period falls due %s, however late it is closed', (_, createMs, dueMs) => {
  const input = { plan: plan(), usages: new Map(), groupUsages: new Map() };
  const sub = { ...subscription(), createMs };
  const closeMs = Date.UTC(2024, 6, 1);
  expect(closeCycle({ ...input, organisationId, subscription: sub, closeMs })).toMatchObject({
    dueMs,
    closeMs,
  });
});

test('a usage that was not asked for is a bug, not a charge of 0', () => {
  expect(() => closed({ plan: plan(fee(promptPrice, tokens)) })).toThrow('was asked for');
});

describe('a fee by group', () => {
  const unitAmount = decimal('2');
  const grouped = (...groupPrices: NonNullable<Fee['groupPrices']>): Fee => ({
    ...fee({ kind: 'perUnit', unitAmount }, tokens),
    name: 'Calls',
    groupPrices,
  });
  const used = (group: GroupUsage['group'], quantity: string): GroupUsage => ({
    group,
    quantity: decimal(quantity),
    eventCount: 1n,
  });
  const told = ({ charges }: ReturnType<typeof closed>) =>
    charges.map(({ description, rated }) => [
      description,
      ...[rated.quantity, rated.amount].map(decimalText),
    ]);

  test('is a charge for each group that was used, at its own price or the price of the fee, the other groups last', () => {
    const period = closed({
      plan: plan(
        grouped({ values: ['us', null], price: { kind: 'perUnit', unitAmount: decimal('0.5') } }),
        fee({ kind: 'flat', amount: decimal('7') }),
      ),
      groupUsages: [
        [
          tokens,
          [
            used('other', '3'),
            used(['us', 5], '1'),
            used(['us', null], '10'),
            used(['eu', 'x'], '0.25'),
            { ...used(['idle', 1], '0'), eventCount: 0n },
          ],
        ],
      ],
    });
    expect(told(period).slice(0, 4)).toEqual([
      ['Calls (eu, x)', '0.25', '0.5'],
      ['Calls (us, none)', '10', '5'],
      ['Calls (us, 5)', '1', '2'],
      ['Calls (other groups)', '3', '6'],
    ]);
    expect(period.charges.map(({ group }) => group)).toEqual([
      ['eu', 'x'],
      ['us', null],
      ['us', 5],
      'other',
      undefined,
    ]);
  });

  test('groups of other group_by paths are charges of their own, also where they read alike', () => {
    const groups = [1, 2].map((version) => ({ ...used(['eu'], '1'), version }));
    const { entries } = closed({ plan: plan(grouped()), groupUsages: [[tokens, groups]] });
    expect(new Set(entries.map(({ charge }) => charge.id)).size).toBe(2);
  });

  test('is one charge of 0 where nothing was used, and one without a group where the usage has none', () => {
    expect(told(closed({ plan: plan(grouped()), groupUsages: [[tokens, []]] }))).toEqual([
      ['Calls', '0', '0'],
    ]);
    const ungrouped = closed({
      plan: plan(grouped()),
      groupUsages: [[tokens, [used([], '4'), used(['eu'], '1')]]],
    });
    expect(told(ungrouped)).toEqual([
      ['Calls', '4', '8'],
      ['Calls (eu)', '1', '2'],
    ]);
    expect(ungrouped.charges[0]).not.toHaveProperty('group');
  });

  test('beside one that is not asks for both usages, and each is charged for all of it', () => {
    const both = plan(grouped(), fee({ kind: 'perUnit', unitAmount }, tokens), grouped());
    expect(needed(both)).toEqual({ whole: [tokens], byGroup: [tokens] });
    const period = closed({
      plan: both,
      usages: [[tokens, { quantity: decimal('5'), eventCount: 5n }]],
      groupUsages: [[tokens, [used(['eu'], '2'), used(['us'], '3')]]],
    });
    expect(told(period).map(([, , amount]) => amount)).toEqual(['4', '6', '10', '4', '6']);
  });

  test('shares the groups that are shown with the other fees by group; the smallest are charged together', () => {
    const groups = Array.from({ length: 5 }, (_, index) => used([index], String(index + 1)));
    const own = { values: [0], price: { kind: 'perUnit', unitAmount } } as const;
    const period = closed({
      plan: plan(grouped(), grouped(own)),
      groupUsages: [[tokens, groups]],
      groupsMax: 5,
    });
    expect(told(period).map(([description, quantity]) => [description, quantity])).toEqual([
      ['Calls (3)', '4'],
      ['Calls (4)', '5'],
      ['Calls (other groups)', '6'],
      ['Calls (0)', '1'],
      ['Calls (3)', '4'],
      ['Calls (4)', '5'],
      ['Calls (other groups)', '5'],
    ]);
  });
});
