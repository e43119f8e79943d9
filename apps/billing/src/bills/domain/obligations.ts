import { assert } from '@billingrails/errors';
import type { FeeId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import type { CycleShare } from '@billingrails/rating';
import type { Period } from '@billingrails/time';
import { feeAfter, type Fee } from '../../catalogue/domain/fee';
import {
  pricedAt,
  priceKey,
  type Corrections,
  type PriceCorrection,
} from '../../catalogue/domain/price-correction';
import { standing, type Fact } from '../../subscriptions/domain/fact';
import { newsOf } from '../../subscriptions/domain/news';
import { onceFor } from '../../domain/once-for';
import { cyclesOf } from '../../subscriptions/domain/subscription';
import {
  endOf,
  isBilled,
  stretchesOf,
  type CycleSpan,
  type Terms,
} from '../../subscriptions/domain/terms';
import type { Agreement } from './agreement';
import { beginningsIn, beginningsOf, feesIn, type Priced } from './had-fees';

/** Which cycles to look at. */
export interface CycleRange {
  readonly firstCycle: number;
  /** Unset: all that have begun. */
  readonly lastCycle?: number;
}

/** Until when to look. */
export interface Horizon {
  readonly untilMs: number;
  /** How long usage may still arrive after its cycle has ended: only then it is due. */
  readonly graceMs: number;
  /** Cycles before it are closed: whatever their grace was, it is over. Unset: none is known to be. */
  readonly openCycle?: number;
  /** Whether the cycle that has not ended is looked at as if it ended at `untilMs`, for a preview. */
  readonly running?: boolean;
  /**
   * Whether it is looked at for usage alone, to bill it before its cycle has ended: what it comes to so far, without
   * the minimums of fees, which nobody owes before the end.
   */
  readonly usageOnly?: boolean;
}

/** The cycles that a bill looks at, from the first whose adjustment window is open, and until when. */
export interface BillScope extends CycleRange {
  readonly horizon: Horizon;
  /** The most groups without a price of their own that have a charge of their own; see `GROUPS_MAX`. */
  readonly groupsShown?: number;
}

/** What a fee is owed for in a cycle. */
export interface Obligation {
  readonly fee: Fee;
  readonly cycle: number;
  readonly dueMs: number;
  /** In order; none where the fee belongs to no stretch of the cycle. */
  readonly spans: readonly ObligedSpan[];
}

/** A span for which a fee is owed, at one price and one quantity. */
export interface ObligedSpan {
  /** As it is priced in the span. */
  readonly fee: Fee;
  readonly period: Period;
  readonly share: CycleShare;
  readonly quantity: Decimal;
}

/** ISO 4217 code of all the subscription's prices: its plans have the same. */
export function currencyOf({ plans }: Agreement): string {
  const [plan] = plans.values();
  assert(plan !== undefined, 'a subscription has a plan');
  return plan.currencyCode;
}

/** A fee that is priced by what a meter profile counted. */
export function isByUsage(fee: Fee): boolean {
  return fee.meterProfile !== undefined;
}

/** Whether any fee of the agreement is by usage. */
export function chargesUsage({ plans, facts }: Pick<Agreement, 'plans' | 'facts'>): boolean {
  const own = facts.flatMap((fact) => (fact.kind === 'fee_added' ? [fact.fee] : []));
  return [...plans.values()].some(({ fees }) => fees.some(isByUsage)) || own.some(isByUsage);
}

/**
 * The obligations of the cycles of the range, up to the one that holds the horizon, due or not, in the order of
 * invoices.
 */
export function obligationsOf(
  agreement: Agreement,
  range: CycleRange,
  horizon: Horizon,
): readonly Obligation[] {
  const { firstCycle, lastCycle = Infinity } = range;
  const known = knownOf(agreement);
  // All of the horizon, so that no field of it can be forgotten; JSON writes what is infinite as nothing.
  const key = `${firstCycle} ${lastCycle} ${horizon.untilMs} ${JSON.stringify(horizon)}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const obligations = cyclesUntil(agreement, range, horizon).flatMap((cycle) =>
    obligationsIn(agreement, cycle, horizon),
  );
  known.set(key, obligations);
  return obligations;
}

/** A bill is weighed, its usage asked for, and computed, by the same obligations. */
const knownOf = onceFor((_agreement: Agreement) => new Map<string, readonly Obligation[]>());

/** The cycles of the range that begin by the horizon and before the subscription ends. */
function cyclesUntil(
  { subscription, facts }: Agreement,
  { firstCycle, lastCycle = Infinity }: CycleRange,
  { untilMs }: Pick<Horizon, 'untilMs'>,
): CycleSpan[] {
  const cycles = cyclesOf(subscription);
  const endMs = endOf(facts) ?? Infinity;
  const spans: CycleSpan[] = [];
  let { number, period } = { number: firstCycle, period: cycles.period(firstCycle) };
  while (number <= lastCycle && period.startMs <= untilMs && period.startMs < endMs) {
    spans.push({ number, period, whole: cycles.whole(number) });
    ({ number, period } = cycles.after(number));
  }
  return spans;
}

function obligationsIn(agreement: Agreement, cycle: CycleSpan, horizon: Horizon): Obligation[] {
  const { facts, subscription } = agreement;
  const cutting = withCorrections(agreement);
  const stretches = (recurring: boolean) =>
    stretchesOf(cutting, cycle, subscription.timeZone, { recurring }).map((stretch) => {
      const { terms } = stretch;
      return { stretch, had: feesIn(agreement, terms), said: correctionsIn(agreement, terms) };
    });
  const [recurring, used] = [stretches(true), stretches(false)];
  const once = beginningsIn(agreement, cycle, horizon.untilMs);
  const endMs = Math.min(cycle.period.endMs, endOf(facts) ?? Infinity);
  // A fee that several versions have is one: it is owed for all the stretches that have it.
  const all = new Map(
    [...used, ...recurring]
      .flatMap(({ had }) => had)
      .sort((a, b) => a.rank - b.rank)
      .map(({ fee }) => [fee.id, fee]),
  );
  return [...all.values()].flatMap((fee): Obligation[] => {
    if (fee.createMs >= cycle.period.endMs) return [];
    const before = cycle.number - firstCycleOf(fee, subscription);
    const spanOf = (
      { period, from, until }: Priced,
      quantity: Decimal,
      said: Corrections,
    ): ObligedSpan => {
      const priced = feeAfter(pricedAt(fee, said, period.startMs), before);
      const owed = horizon.usageOnly === true && isByUsage(fee) ? withoutMinimum(priced) : priced;
      return { fee: owed, period, share: { from, until }, quantity };
    };
    const spansOf = (stretched: typeof used, what: 'recurring' | 'usage') =>
      stretched.flatMap(({ stretch, had, said }) => {
        const charged = had.find(({ fee: { id } }) => id === fee.id);
        if (charged === undefined || !isBilled(stretch.terms, what)) return [];
        return [spanOf(stretch, charged.quantity, said)];
      });
    const whole =
      fee.once === true
        ? beginningsOf(once, fee).map(({ stretch, quantity }) =>
            spanOf(stretch, quantity, correctionsIn(agreement, stretch.terms)),
          )
        : merged(
            isByUsage(fee) ? spansOf(used, 'usage') : spansOf(recurring, 'recurring'),
            fee.byQuantity ?? false,
          );
    const spans = isByUsage(fee) && horizon.running === true ? cut(whole, horizon.untilMs) : whole;
    return [
      { fee, cycle: cycle.number, dueMs: dueMsOf(fee, spans, { ...cycle, endMs }, horizon), spans },
    ];
  });
}

/** The fee without what it costs at least. */
function withoutMinimum(fee: Fee): Fee {
  const { price, groupPrices } = fee;
  return {
    ...fee,
    price: freeOfMinimum(price),
    ...(groupPrices && {
      groupPrices: groupPrices.map((own) => ({ ...own, price: freeOfMinimum(own.price) })),
    }),
  };
}

function freeOfMinimum(price: Fee['price']): Fee['price'] {
  if (price.terms?.minimum === undefined) return price;
  const { minimum: _, ...terms } = price.terms;
  return { ...price, terms };
}

/** The cycle that discounts of the fee are counted from: the one that it was made in, or the subscription's first. */
function firstCycleOf({ createMs }: Fee, subscription: Agreement['subscription']): number {
  if (createMs <= subscription.startMs) return 0;
  return cyclesOf(subscription).at(createMs)?.number ?? 0;
}

/** The prices that were corrected, of the plans and of the subscription. */
const correctionsOf = onceFor(({ facts, plans }: Agreement): Corrections => {
  // Every version of a plan has all corrections of the plan.
  const ofEachPlan = new Map(
    [...plans.values()].map(({ id, corrections = [] }) => [id, corrections]),
  );
  return {
    ofPlans: [...ofEachPlan.values()].flat(),
    own: standing(facts).flatMap((fact) => (fact.kind === 'price_corrected' ? [fact] : [])),
  };
});

/** The same, with what the terms say of fees of the subscription alone. */
function correctionsIn(agreement: Agreement, { feeChanges }: Terms): Corrections {
  const corrections = correctionsOf(agreement);
  if (feeChanges === undefined) return corrections;
  const own = standing(agreement.facts).flatMap((fact) => {
    const holds = fact.kind === 'fee_changed' && feeChanges.get(fact.feeId) === fact;
    return holds || fact.kind === 'price_corrected' ? [fact] : [];
  });
  return { ...corrections, own };
}

/** The facts with the corrections of the plans' prices, which hold for every subscription. */
export const withCorrections = onceFor((agreement: Agreement): readonly Fact[] => {
  const { ofPlans } = correctionsOf(agreement);
  const asFact = (correction: PriceCorrection): Fact => ({
    kind: 'price_corrected',
    ...correction,
  });
  return [...newsOf(agreement.facts), ...ofPlans.map(asFact)];
});

/**
 * Whether a fact can be why the fee comes to something else: what is said of another fee or of another add-on cannot,
 * nor can a change of the plan or the quantity, of the fee of an add-on.
 */
export const concerns = onceFor(({ facts, plans }: Agreement) => {
  const addOns = new Set(
    facts.flatMap((fact) => (fact.kind === 'add_on_changed' ? [fact.planId] : [])),
  );
  const versions = [...plans.values()].filter(({ id }) => addOns.has(id));
  const addOnOf = new Map(versions.flatMap(({ id, fees }) => fees.map((fee) => [fee.id, id])));
  return (fact: Fact, feeId?: FeeId): boolean => {
    switch (fact.kind) {
      case 'price_corrected':
      case 'fee_changed':
        return fact.feeId === feeId;
      case 'discount_added':
        return fact.discount.feeId === undefined || fact.discount.feeId === feeId;
      case 'add_on_changed':
        return feeId !== undefined && addOnOf.get(feeId) === fact.planId;
      case 'plan_changed':
      case 'quantity_changed':
        return feeId === undefined || !addOnOf.has(feeId);
      case 'subscribed':
      case 'term_agreed':
      case 'trial_started':
      case 'trial_ended':
      case 'paused':
      case 'resumed':
      case 'cancelled':
      case 'discount_removed':
      case 'taken_back':
      case 'fee_added':
      case 'one_off':
        return true;
    }
  };
});

/** Spans that follow each other are one where the fee does not see the difference. */
function merged(spans: readonly ObligedSpan[], byQuantity: boolean): ObligedSpan[] {
  const joined: ObligedSpan[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    const alike =
      last?.period.endMs === span.period.startMs &&
      isPricedAlike(last.fee, span.fee) &&
      (!byQuantity || last.quantity.eq(span.quantity));
    if (last === undefined || !alike) joined.push(span);
    else
      joined[joined.length - 1] = {
        fee: last.fee,
        period: { startMs: last.period.startMs, endMs: span.period.endMs },
        share: { from: last.share.from, until: span.share.until },
        quantity: last.quantity,
      };
  }
  return joined;
}

function isPricedAlike(a: Fee, b: Fee): boolean {
  return a === b || priceKey(a) === priceKey(b);
}

function cut(spans: readonly ObligedSpan[], untilMs: number): ObligedSpan[] {
  return spans
    .filter(({ period }) => period.startMs < untilMs)
    .map(({ period: { startMs, endMs }, ...span }) => ({
      ...span,
      period: { startMs, endMs: Math.min(endMs, untilMs) },
    }));
}

/**
 * In advance, and once: when its first span begins. In arrear: when the cycle ends, or the subscription in it, and the
 * grace is over.
 */
function dueMsOf(
  fee: Fee,
  spans: readonly ObligedSpan[],
  { number, endMs }: { readonly number: number; readonly endMs: number },
  { graceMs, openCycle = 0, running, untilMs }: Horizon,
): number {
  const [first] = spans;
  if ((fee.inAdvance === true || fee.once === true) && first !== undefined)
    return first.period.startMs;
  if (running === true) return Math.min(endMs, untilMs);
  return number < openCycle ? endMs : endMs + graceMs;
}
