import { decimal, decimalText } from '@billingrails/money';
import { MONTHLY } from '@billingrails/time';
import fc from 'fast-check';
import { entitlement } from '../../testing/allowance';
import { allowancesOf, type Allowance, type Holder } from './allowance';
import type { Entitlement } from './feature';
import { LOOKED_BACK_PERIODS, periodsBefore, rolledOverInto } from './rollover';

const at = (text: string) => Date.parse(text);
const START = at('2020-01-01T00:00:00Z');

function holder(plans: Record<string, number>, id: `sub_${string}` = 'sub_1'): Holder {
  const subscription = { id, startMs: START, timeZone: 'UTC', cycleRule: MONTHLY };
  const held = Object.entries(plans).map(([name, count]) => ({
    ...{ planId: `plan_${name}` as const, count: decimal(BigInt(count)) },
  }));
  return { subscription, plans: held };
}

/** Of plan "plan_<name>". */
function ofPlan(name: string, limit: string | undefined, given: Partial<Entitlement> = {}) {
  return entitlement({
    ...{ id: `ent_${name}`, grantee: { kind: 'plan', planId: `plan_${name}` } },
    ...(limit === undefined ? {} : { limit: decimal(limit) }),
    ...given,
  });
}

const rolling = (periods: number, maximum?: string) => ({
  rollover: { periods, ...(maximum === undefined ? {} : { maximum: decimal(maximum) }) },
});

/** What rolls over into the period after those in which so much was used, the last of them just before `now`. */
function rolledOver(
  entitlements: readonly Entitlement[],
  used: readonly string[],
  holdersAt: (ms: number) => readonly Holder[] = () => [holder({ basic: 1 })],
): string {
  const now = new Date(START);
  now.setUTCMonth(used.length, 10);
  const granted = (ms: number) => allowancesOf(entitlements, holdersAt(ms), ms);
  const [allowance] = granted(now.getTime());
  if (allowance === undefined) throw new Error('Something is granted.');
  const before = periodsBefore(allowance, granted);
  const usedIn = ({ period }: Allowance) => {
    const month = new Date(period.startMs);
    return used[(month.getUTCFullYear() - 2020) * 12 + month.getUTCMonth()] ?? '0';
  };
  const past = before.map((each) => ({ allowance: each, used: decimal(usedIn(each)) }));
  return decimalText(rolledOverInto(allowance, past));
}

test.each([
  ['nothing before the first period', '10', 1, undefined, [], '0'],
  ['what is left', '10', 1, undefined, ['3.5'], '6.5'],
  ['nothing where all was used, or more', '10', 1, undefined, ['12'], '0'],
  ['what was left is lost after its periods', '10', 1, undefined, ['4', '0'], '10'],
  ['what was carried is used first', '10', 1, undefined, ['4', '9'], '7'],
  ['and lives for its periods', '10', 2, undefined, ['4', '1'], '15'],
  ['so much at most', '10', 1, '5', ['1'], '5'],
  ['of which the oldest is lost first', '10', 2, '12', ['4', '0', '9'], '12'],
  ['what was negative was nothing', '10', 1, undefined, ['-3'], '10'],
  ['nothing of nothing', '0', 12, undefined, ['0', '0'], '0'],
])(
  '%s: of %s in %s periods, at most %s, used %j: %s',
  (_, limit, periods, most, used, expected) => {
    expect(rolledOver([ofPlan('basic', limit, rolling(periods, most))], used)).toBe(expected);
  },
);

test('as often as an add-on is there, and what does not roll over is used before what does', () => {
  const holders = () => [holder({ basic: 1, more: 3 })];
  const granted = [ofPlan('basic', '10'), ofPlan('more', '5', rolling(1, '4'))];
  // 10 of the plan are used first, then 1 of the add-ons' 15: of the 14 that are left 3 times 4 are carried.
  expect(rolledOver(granted, ['11'], holders)).toBe('12');
  expect(rolledOver(granted, ['20'], holders)).toBe('5');
  const unlimited = [ofPlan('basic', undefined), ofPlan('more', '5', rolling(1))];
  expect(rolledOver(unlimited, ['1000'], holders)).toBe('15');
});

test('it rolls over into the same entitlement of the same subscription, as that was granted in each period', () => {
  const changed = at('2020-02-10T00:00:00Z');
  const holders = (ms: number) => [holder(ms < changed ? { basic: 1 } : { pro: 1 })];
  const granted = [ofPlan('basic', '10', rolling(3)), ofPlan('pro', '100', rolling(3))];
  // January was basic's: nothing of it is pro's. February was pro's at its end.
  expect(rolledOver(granted, ['0', '30'], holders)).toBe('70');
  // Not granted at the end of a period: what was left is lost.
  const [march, april] = [at('2020-03-01T00:00:00Z'), at('2020-04-02T00:00:00Z')];
  const paused = (ms: number) => (ms >= march && ms < april ? [] : [holder({ basic: 1 })]);
  expect(rolledOver(granted, ['1', '2', '0', '4'], paused)).toBe('6');
  // Three add-ons then, one now.
  const fewer = (ms: number) => [holder({ basic: ms < changed ? 3 : 1 })];
  expect(rolledOver([ofPlan('basic', '10', rolling(1))], ['5'], fewer)).toBe('25');
});

test('subscriptions whose periods are the same have one sum, which what was used is taken from', () => {
  const holders = () => [holder({ basic: 1 }, 'sub_1'), holder({ basic: 1 }, 'sub_2')];
  expect(rolledOver([ofPlan('basic', '10', rolling(1))], ['13'], holders)).toBe('7');
});

test('it is worked out from a bounded number of periods', () => {
  const used = Array.from({ length: LOOKED_BACK_PERIODS + 20 }, () => '10');
  const granted = (ms: number) =>
    allowancesOf([ofPlan('basic', '10', rolling(12))], [holder({ basic: 1 })], ms);
  const [allowance] = granted(at('2026-01-10T00:00:00Z'));
  if (allowance === undefined) throw new Error('Something is granted.');
  expect(periodsBefore(allowance, granted)).toHaveLength(LOOKED_BACK_PERIODS);
  expect(rolledOver([ofPlan('basic', '10', rolling(12))], used)).toBe('0');
});

test('rollover agrees with units that are counted one by one', () => {
  const case_ = fc.record({
    limit: fc.nat(8),
    periods: fc.integer({ min: 1, max: 4 }),
    maximum: fc.option(fc.nat(10), { nil: undefined }),
    used: fc.array(fc.nat(14), { maxLength: 12 }),
  });
  fc.assert(
    fc.property(case_, ({ limit, periods, maximum, used }) => {
      const granted = [ofPlan('basic', String(limit), rolling(periods, maximum?.toString()))];
      expect(rolledOver(granted, used.map(String))).toBe(
        String(oneByOne({ limit, periods, maximum, used })),
      );
    }),
  );
});

/** Each unit knows the period it is of. */
function oneByOne(of: {
  readonly limit: number;
  readonly periods: number;
  readonly maximum: number | undefined;
  readonly used: readonly number[];
}): number {
  let units: number[] = [];
  const carryInto = (period: number) => {
    units = units.filter((born) => period - born <= of.periods);
    while (of.maximum !== undefined && units.length > of.maximum) units.shift();
  };
  for (const [period, used] of of.used.entries()) {
    carryInto(period);
    for (let unit = 0; unit < of.limit; unit += 1) units.push(period);
    for (let unit = 0; unit < used; unit += 1) units.shift();
  }
  carryInto(of.used.length);
  return units.length;
}
