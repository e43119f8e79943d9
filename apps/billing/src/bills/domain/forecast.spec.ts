import type { MeterId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import type { Posted } from './bill';
import { computeBill, dueObligations } from './compute-bill';
import { neededUsage, usageKey, type NeededUsage } from './expected';
import { forecastGroups, forecastTransactions, forecastUsage, passedOf } from './forecast';
import type { Agreement } from './agreement';
import {
  agreementOf,
  factAt,
  feeIdOf,
  feeOf,
  flat,
  newLedger,
  perUnit,
  planOf,
} from './testing/ledger';

const HOUR = 3_600_000;
const jan = (day: number) => Date.UTC(2024, 0, day);
const period = { startMs: jan(1), endMs: jan(32) };
const week = { startMs: jan(1), endMs: jan(8) };
const used = (quantity: string, eventCount: bigint) => ({
  quantity: decimal(quantity),
  eventCount,
});
const meterProfile = { meterId: 'mtr_1' as MeterId, profile: 'count' };
const level = { ...meterProfile, profile: 'level' };

/** A forecast of January after its first week. */
const afterWeek = <T>(pace: T, addsUp = true) => ({
  ...{ period, soFar: week, passed: pace, pace, addsUp },
});

test('usage that adds up is counted as far as the whole cycle goes, rounded to the digits that were counted', () => {
  const forecast = (quantity: string) => {
    const found = forecastUsage(afterWeek(used(quantity, 10n)));
    return [found.quantity?.toString(), found.eventCount];
  };
  // 10 × 31 ÷ 7 = 44.28…
  expect(forecast('10')).toEqual(['44', 44n]);
  expect(forecast('0.25')).toEqual(['1.11', 44n]);
  expect(forecast('-3.5')).toEqual(['-15.5', 44n]);
  expect(forecast('0')).toEqual(['0', 44n]);
});

test('usage that does not add up stays as it stands, also as what a part to come begins with', () => {
  const highest = afterWeek(used('7', 3n), false);
  expect(forecastUsage(highest)).toBe(highest.pace);
  expect(forecastUsage(afterWeek({ eventCount: 0n }, false))).toEqual({ eventCount: 0n });
  const { passed: _passed, ...toCome } = {
    ...highest,
    period: { startMs: jan(20), endMs: jan(32) },
  };
  expect(forecastUsage(toCome)).toBe(highest.pace);
  const groups = { groups: [{ group: ['eu'], ...used('7', 3n) }] };
  expect(forecastGroups(afterWeek(groups, false))).toBe(groups);
});

test('each group of usage is forecast by its own pace', () => {
  const [eu, us] = [
    { group: ['eu'], ...used('14', 14n) },
    { group: ['us'], ...used('7', 7n) },
  ];
  const soFar = { startMs: jan(1), endMs: jan(15) };
  const cut = { startMs: jan(8), endMs: jan(29) };
  const passed = { groups: [{ ...eu, ...used('3', 3n) }] };
  const forecast = { period: cut, soFar, passed, pace: { groups: [eu, us] }, addsUp: true };
  expect(forecastGroups(forecast).groups).toEqual([
    { group: ['eu'], ...used('17', 17n) },
    { group: ['us'], ...used('7', 7n) },
  ]);
});

test('events one by one are forecast by their amounts, as many together as the pace says', () => {
  const soFar = { startMs: jan(1), endMs: jan(21) };
  const pace = ['3', '1', '2'].map((amount) => ({ amount: decimal(amount), count: 1n }));
  const more = forecastTransactions({ period, soFar, pace, addsUp: true });
  // 1, 2 and 3 times 11 ÷ 20: 0.55, 1.1 and 1.65 are 1, 1 and 2.
  expect(more.reduce((sum, { count }) => sum + count, 0n)).toBe(2n);
  expect(more.map(({ amount }) => amount.toString())).toEqual(['1', '3']);
  const all = forecastTransactions({ period, soFar, passed: pace, pace, addsUp: true });
  expect(all).toEqual([...pace, ...more]);
});

interface January {
  readonly agreement: Agreement;
  readonly nowMs: number;
  /** The cycle's end for a forecast, `nowMs` for the bill so far. */
  readonly untilMs?: number;
  readonly count: (span: NeededUsage) => number;
  readonly posted?: ReadonlyMap<string, Posted>;
}

/** The lines of January, with usage that goes on from `nowMs` on as it did. */
function linesOf({ agreement, nowMs, untilMs = period.endMs, count, posted = new Map() }: January) {
  const horizon = { untilMs, graceMs: 0, running: true };
  const scope = { firstCycle: 0, lastCycle: 0, horizon };
  const soFar = { startMs: period.startMs, endMs: nowMs };
  const counted = (span: NeededUsage) => used(String(count(span)), BigInt(count(span)));
  const usageOf = (needed: NeededUsage) => {
    if (needed.period.endMs <= nowMs) return counted(needed);
    const past = passedOf(needed.period, soFar);
    const passed = past && { passed: counted({ ...needed, period: past }) };
    const pace = counted({ ...needed, period: soFar });
    const addsUp = needed.meterProfile.profile !== level.profile;
    return forecastUsage({ period: needed.period, soFar, pace, addsUp, ...passed });
  };
  const { whole } = neededUsage(dueObligations(agreement, scope));
  const answers = new Map(whole.map((needed) => [usageKey(needed), usageOf(needed)]));
  const entries = computeBill(agreement, scope, { whole: answers, byGroup: new Map() }, posted);
  return entries.flatMap(({ charge, lines }) =>
    lines.map(({ part: { rated }, minorUnits }) => [
      charge.description,
      rated.quantity.toString(),
      Number(minorUnits) / 100,
    ]),
  );
}

const calls = feeOf('calls', perUnit('0.1'), { meterProfile });

test('the worked example: what is agreed and counted so far, and what the cycle comes to by its pace', () => {
  const seats = feeOf('seats', perUnit('31'), { byQuantity: true, inAdvance: true });
  const gigabytes = feeOf('gigabytes', perUnit('1'), { meterProfile: level });
  const plan = planOf('plan', feeOf('base', flat('31')), seats, calls, gigabytes);
  const ledger = newLedger();
  ledger.bill(agreementOf([plan]), jan(1), () => used('0', 0n));
  const more = { kind: 'quantity_changed', quantity: decimal(3n), proration: 'day' } as const;
  const agreement = agreementOf([plan], factAt(jan(22), more, jan(2)));
  const count = ({ meterProfile: { profile } }: NeededUsage) =>
    profile === level.profile ? 5 : 70;
  const january = { agreement, nowMs: jan(8), count, posted: ledger.posted };
  const same = [
    ['base', '1', 31],
    ['gigabytes', '5', 5],
    ['seats', '1', -10],
    ['seats', '3', 30],
  ];
  expect(linesOf({ ...january, untilMs: jan(8) }).sort()).toEqual(
    [...same, ['calls', '70', 7]].sort(),
  );
  expect(linesOf(january).sort()).toEqual([...same, ['calls', '310', 31]].sort());
});

test('a price that changes at a time to come is forecast for the usage of the time after it', () => {
  const corrected = { kind: 'price_corrected' as const, feeId: feeIdOf('calls'), note: '' };
  const agreement = agreementOf(
    [planOf('plan', calls)],
    factAt(jan(15), { ...corrected, price: perUnit('1') }, jan(2)),
  );
  // 70 in 7 days: 10 a day.
  expect(linesOf({ agreement, nowMs: jan(8), count: () => 70 })).toEqual([
    ['calls', '140', 14],
    ['calls', '170', 170],
  ]);
});

test('steady usage is forecast as it comes to be, wherever the present and changes lie', () => {
  const hour = fc.integer({ min: 1, max: 31 * 24 - 1 });
  fc.assert(
    fc.property(hour, fc.uniqueArray(hour, { maxLength: 3 }), (now, cuts) => {
      const corrected = { kind: 'price_corrected' as const, feeId: feeIdOf('calls'), note: '' };
      const facts = cuts.map((cut, index) =>
        factAt(jan(1) + cut * HOUR, { ...corrected, price: perUnit(String(index + 1)) }, jan(1)),
      );
      const agreement = agreementOf([planOf('plan', calls)], ...facts);
      const steady = ({ period: { startMs, endMs } }: NeededUsage) => (endMs - startMs) / HOUR;
      const forecast = linesOf({ agreement, nowMs: jan(1) + now * HOUR, count: steady });
      expect(forecast).toEqual(linesOf({ agreement, nowMs: period.endMs, count: steady }));
    }),
    { numRuns: howMany(20, 500) },
  );
});
