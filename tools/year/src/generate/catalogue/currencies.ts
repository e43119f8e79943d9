import { plansIn, type FeeBook, type PlanBook } from '@billingrails/recompute';
import type { Dices } from '../dice';
import { newPrice } from './new-price';

const OTHER = { currency: 'EUR', digits: 2 };
/** Of which currency the plans are that have prices in another, and how many of them have. */
const OF = 'USD';
const PLANS = 3;

/** The plans, of which some have prices in another currency; such plans commit to nothing. */
export function withOtherCurrencies(dices: Dices, plans: readonly PlanBook[]): PlanBook[] {
  const dice = dices.of('other currencies');
  // A fee that several versions have is one, with the same prices.
  const known = new Map<string, Pick<FeeBook, 'model' | 'terms' | 'groupPrices'>>();
  const chosen = plans.filter(({ currency }) => currency === OF).slice(0, PLANS);
  return plans.map((plan) => {
    if (!chosen.includes(plan)) return plan;
    for (const fee of plan.fees)
      if (!known.has(fee.name)) known.set(fee.name, newPrice(dice, OTHER, fee));
    const prices = Object.fromEntries(
      [...known].filter(([name]) => plan.fees.some((fee) => fee.name === name)),
    );
    const { commitment: _, ...of } = plan;
    return { ...of, otherCurrencies: [{ ...OTHER, prices }] };
  });
}

/** The plans of a subscriber: of three that could have the other currency one has it. */
export function plansOf(dices: Dices, plans: readonly PlanBook[], currency: string): PlanBook[] {
  const isOther = currency === OF && dices.of('currencies').percent(33);
  return plansIn(plans, isOther ? OTHER.currency : currency);
}
