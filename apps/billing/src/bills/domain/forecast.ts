import { decimal, type Decimal } from '@billingrails/money';
import { groupKey, type GroupUsage, type Transactions } from '@billingrails/rating';
import type { Period } from '@billingrails/time';
import type { GroupedUsage, Usage } from './expected';

/** What a span that is not over is forecast from. */
export interface Forecast<T> {
  readonly period: Period;
  /** The running cycle until now: the pace is what was counted in it. It is not empty. */
  readonly soFar: Period;
  /** What was counted in `passedOf(period, soFar)`; unset where there is no such. */
  readonly passed?: T;
  /** What was counted in `soFar`. */
  readonly pace: T;
  /** Whether the usage of two spans that follow each other sums to that of both. */
  readonly addsUp: boolean;
}

/** The time of a span that has passed; undefined before it begins. */
export function passedOf({ startMs, endMs }: Period, soFar: Period): Period | undefined {
  return startMs < soFar.endMs ? { startMs, endMs: Math.min(endMs, soFar.endMs) } : undefined;
}

/**
 * What adds up grows in the time to come as it did so far: counted + pace × time to come ÷ time so far, rounded to the
 * fraction digits that the pace has, half away from zero. What does not stays as it stands.
 */
export function forecastUsage(forecast: Forecast<Usage>): Usage {
  const { passed, pace, addsUp } = forecast;
  if (!addsUp) return passed ?? pace;
  return { ...pace, ...grown(passed, pace, timesOf(forecast)) };
}

/** The same of each group. */
export function forecastGroups(forecast: Forecast<GroupedUsage>): GroupedUsage {
  const { passed, pace, addsUp } = forecast;
  if (!addsUp) return passed ?? pace;
  const times = timesOf(forecast);
  const keyOf = ({ group, version = 0 }: GroupUsage) => `${groupKey(group)} ${version}`;
  const before = new Map((passed?.groups ?? []).map((group) => [keyOf(group), group]));
  // What was counted of the span was counted of the cycle, too.
  const groups = pace.groups.map((group) => ({
    ...group,
    ...grown(before.get(keyOf(group)), group, times),
  }));
  return { ...pace, groups };
}

/**
 * The same of events one by one: how many report each amount. The running sum is rounded, by the amount, so that all
 * together are as many as the pace says.
 */
export function forecastTransactions(
  forecast: Forecast<readonly Transactions[]>,
): readonly Transactions[] {
  const { passed = [], pace } = forecast;
  const times = timesOf(forecast);
  let [sum, shown] = [0n, 0n];
  const toCome = [...pace]
    .sort((a, b) => a.amount.cmp(b.amount))
    .map(({ amount, count }) => {
      sum += count;
      const more = wholeTimes(sum, times) - shown;
      shown += more;
      return { amount, count: more };
    });
  return [...passed, ...toCome.filter(({ count }) => count !== 0n)];
}

/** Time to come ÷ time so far. */
interface Times {
  readonly toComeMs: Decimal;
  readonly soFarMs: Decimal;
}

function timesOf({ period, soFar }: Forecast<unknown>): Times {
  const toComeMs = period.endMs - Math.max(period.startMs, soFar.endMs);
  return { toComeMs: decimal(toComeMs), soFarMs: decimal(soFar.endMs - soFar.startMs) };
}

type Counted = Pick<Usage, 'quantity' | 'eventCount'>;

function grown(passed: Counted | undefined, pace: Counted, times: Times) {
  const { quantity = decimal(0n), eventCount } = pace;
  const more = quantityTimes(quantity, times);
  return {
    quantity: (passed?.quantity ?? decimal(0n)).add(more),
    eventCount: (passed?.eventCount ?? 0n) + wholeTimes(eventCount, times),
  };
}

function quantityTimes(quantity: Decimal, { toComeMs, soFarMs }: Times): Decimal {
  return quantity.mul(toComeMs).divide(soFarMs, quantity.fractionDigits(), 'half');
}

function wholeTimes(count: bigint, times: Times): bigint {
  return quantityTimes(decimal(count), times).roundToInteger();
}
