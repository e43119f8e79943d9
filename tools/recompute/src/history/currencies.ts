import type { PlanBook } from './catalogue';

/** The plans that have prices in a currency, as they are in it: what they commit to is in their own. */
export function plansIn(plans: readonly PlanBook[], currency: string): PlanBook[] {
  return plans.flatMap((plan): PlanBook[] => {
    if (plan.currency === currency) return [plan];
    const other = plan.otherCurrencies?.find((each) => each.currency === currency);
    if (other === undefined) return [];
    const { commitment: _, ...of } = plan;
    const fees = plan.fees.map((fee) => ({ ...fee, ...other.prices[fee.name] }));
    return [{ ...of, currency, digits: other.digits, fees }];
  });
}
