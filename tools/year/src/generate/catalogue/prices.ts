import type { PlanBook, PriceCorrectionBook } from '@billingrails/recompute';
import type { Dice } from '../dice';
import { newPrice } from './new-price';
import { forCycles } from './terms';
import type { Subscriber } from '../subscribers';

const DAY_MS = 86_400_000;

interface Corrected {
  readonly step: number;
  readonly nowMs: number;
  readonly plan: PlanBook;
  readonly subscription?: string;
}

/** Corrects prices of plans and of single subscriptions, most of them from a past instant on, step by step. */
export class Prices {
  readonly corrections: PriceCorrectionBook[] = [];
  /** The steps in which all that was billed is rated again. */
  readonly reRates: number[] = [];

  constructor(
    readonly dice: Dice,
    /** By which discounts are for some cycles. */
    readonly discounts: Dice,
    /** By which prices are in another currency. */
    readonly currencies: Dice,
    readonly plans: readonly PlanBook[],
  ) {}

  live(step: number, nowMs: number, subscribers: readonly Subscriber[]): void {
    const { dice } = this;
    if (dice.percent(20)) this.#correct({ step, nowMs, plan: dice.oneOf(this.plans) });
    if (dice.percent(20)) {
      const { account: subscription, facts } = dice.oneOf(subscribers);
      const had = this.plans.filter(({ name }) =>
        facts.some((fact) => 'plan' in fact && fact.plan === name),
      );
      this.#correct({ step, nowMs, plan: dice.oneOf(had), subscription });
    }
    if (dice.percent(15)) this.reRates.push(step);
  }

  #correct({ step, nowMs, plan, subscription }: Corrected): void {
    const { dice } = this;
    const ofSubscription = subscription === undefined ? {} : { subscription };
    const fee = dice.oneOf(plan.fees);
    const fromMs = nowMs + dice.whole(-75 * DAY_MS, 15 * DAY_MS);
    const { terms, ...price } = newPrice(dice, plan, fee);
    const [other] = plan.otherCurrencies ?? [];
    const isOther = other !== undefined && this.currencies.percent(50);
    const inOther = isOther && subscription === undefined ? { currency: other.currency } : {};
    const of = { step, plan: plan.name, fee: fee.name, ...inOther, ...ofSubscription };
    this.corrections.push({
      ...of,
      ...price,
      terms: forCycles(this.discounts, terms),
      fromMs: dice.percent(30) ? midnight(fromMs) : fromMs,
    });
  }
}

/** Where most prices change: at the beginning of a month. */
function midnight(ms: number): number {
  const date = new Date(ms);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}
