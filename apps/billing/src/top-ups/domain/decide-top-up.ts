import { decimal, type Decimal } from '@billingrails/money';
import {
  monthAt,
  monthOf,
  pauseAt,
  type TopUpMonth,
  type TopUpPause,
  type TopUpRule,
} from './top-up-rule';

/** What is bought. */
export interface Purchase {
  readonly kind: 'buy';
  /** Credits, and for how much in major units. */
  readonly amount: Decimal;
  readonly price: Decimal;
  /** The month with it. */
  readonly month: TopUpMonth;
}

/** What a rule does: nothing, buy, or pause. */
export type TopUpDecision =
  Purchase | { readonly kind: 'none' } | { readonly kind: 'pause'; readonly pause: TopUpPause };

const ONE = decimal(1n);

/**
 * What a rule does where so many credits can be burned: below its threshold it buys its amount as often as it takes to
 * have the threshold again, n = ceil((threshold - available) / amount), within what it may buy for in the month.
 * While something that it bought is not paid it buys nothing.
 */
export function decideTopUp(
  rule: Pick<TopUpRule, 'terms' | 'timeZone' | 'month' | 'pause' | 'waitingId'>,
  available: Decimal,
  nowMs: number,
): TopUpDecision {
  const { threshold, amount, price, monthlyCountMax, monthlyPriceMax } = rule.terms;
  const rests = pauseAt(rule, nowMs) !== undefined || rule.waitingId !== undefined;
  if (rests || !available.lt(threshold)) return { kind: 'none' };
  const { endMs: resumeMs } = monthOf(rule, nowMs);
  const month = monthAt(rule, nowMs);
  if (month.count >= monthlyCountMax)
    return { kind: 'pause', pause: { reason: 'monthly_count', resumeMs } };
  let times = threshold.sub(available).divide(amount, 0, 'up');
  if (monthlyPriceMax !== undefined && !price.isZero()) {
    const left = monthlyPriceMax.sub(month.price).divide(price, 0, 'down');
    if (left.lt(ONE)) return { kind: 'pause', pause: { reason: 'monthly_price', resumeMs } };
    if (left.lt(times)) times = left;
  }
  const total = price.mul(times);
  return {
    kind: 'buy',
    ...{ amount: amount.mul(times), price: total },
    month: { ...month, count: month.count + 1, price: month.price.add(total) },
  };
}
