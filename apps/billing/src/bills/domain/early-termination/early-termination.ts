import { decimal, toMoney, type Money } from '@billingrails/money';
import { rate } from '@billingrails/rating';
import type { Fact, Proration } from '../../../subscriptions/domain/fact';
import { cyclesOf } from '../../../subscriptions/domain/subscription';
import { endingOf } from '../../../subscriptions/domain/terms';
import { exactAmount, type Charge } from '../charge';
import { discountCharges } from '../discounts';
import { expectedCharges } from '../expected';
import { currencyOf, isByUsage, obligationsOf, type CycleRange } from '../obligations';
import type { Agreement } from '../agreement';

/** An end before that of the term. */
export interface EarlyEnd {
  readonly endMs: number;
  /** How the cycle is charged in which it lies. */
  readonly proration: Proration;
  readonly termEndMs: number;
}

const NOTHING = { whole: new Map(), byGroup: new Map() };

/**
 * What recurs until the term's end, in all: what the subscription would owe if it went on until then, less what it owes
 * with the early end, each charge rounded as it is billed. So with it the sum is that of the whole term, whatever was
 * charged in advance and is given back.
 */
export function remainingFees(
  agreement: Agreement,
  { endMs, proration, termEndMs }: EarlyEnd,
): Money {
  const { subscription, facts } = agreement;
  const currencyCode = currencyOf(agreement);
  const { number: firstCycle = 0 } =
    cyclesOf(subscription).at(Math.max(endMs - 1, subscription.startMs)) ?? {};
  // Another early end is owed for until the term's, too, and may be taken back.
  const goingOn = facts.filter(({ kind }) => kind !== 'cancelled');
  const owed = (untilMs: number, cut: Proration): bigint => {
    const end: Fact = { kind: 'cancelled', proration: cut, effectiveMs: untilMs, knownMs: untilMs };
    const ending = { ...agreement, facts: [...goingOn, end] };
    const horizon = { untilMs: termEndMs, graceMs: 0 };
    const recurring = obligationsOf(ending, { firstCycle }, horizon).filter(
      ({ fee }) => !isByUsage(fee),
    );
    const charges = expectedCharges(ending, recurring, NOTHING);
    const discountable = { charges, obligations: recurring, currencyCode };
    return [...charges, ...discountCharges(ending, discountable)].reduce(
      (sum, { parts }) => sum + toMoney(exactAmount(parts), currencyCode).minorUnits,
      0n,
    );
  };
  return { currencyCode, minorUnits: owed(termEndMs, 'day') - owed(endMs, proration) };
}

/** What is charged for an end before that of the term, once it has come. */
export function earlyTerminationCharges(
  { subscription, facts }: Agreement,
  { firstCycle, lastCycle = Infinity }: CycleRange,
  untilMs: number,
): Charge[] {
  const ending = endingOf(facts);
  if (ending?.kind !== 'cancelled' || ending.fee === undefined || ending.effectiveMs > untilMs)
    return [];
  // At its end it is in no cycle any more.
  const lastMs = Math.max(ending.effectiveMs - 1, subscription.startMs);
  const cycle = cyclesOf(subscription).at(lastMs);
  if (cycle === undefined || cycle.number < firstCycle || cycle.number > lastCycle) return [];
  const { chargeId: id, amount } = ending.fee;
  const rated = rate({ kind: 'flat', amount }, { quantity: decimal(1n), eventCount: 0n });
  const parts = [{ period: cycle.period, rated }];
  const description = 'Early termination';
  return [{ id, kind: 'one_off', cycle: cycle.number, description, unit: '', parts }];
}
