import type { FeeBook, PlanBook } from '@billingrails/recompute';
import type { Dices } from '../dice';
import { OF_A_QUANTITY, price, type Currency } from './models';
import { USAGES } from './plans';

/** Two add-ons for each currency of the plans, with fees of each timing. */
export function makeAddOns(dices: Dices, plans: readonly PlanBook[]): PlanBook[] {
  const currencies = new Map(plans.map(({ currency, digits }) => [currency, { currency, digits }]));
  return [...currencies.values()].flatMap((currency) =>
    [1, 2].map((number) => {
      const name = `${currency.currency} add-on ${number}`;
      const fees = makeFees(dices, currency, name, number === 1);
      return { name, isAddOn: true, ...currency, fees };
    }),
  );
}

function makeFees(dices: Dices, currency: Currency, addOn: string, counts: boolean): FeeBook[] {
  const dice = dices.of('add-ons');
  const model = () => dice.oneOf(OF_A_QUANTITY)(dice, currency);
  const plain = { terms: {}, byQuantity: false, inAdvance: false } as const;
  return [
    { name: `${addOn} devices`, ...plain, model: model(), inAdvance: counts, byQuantity: true },
    {
      ...{ name: `${addOn} support`, ...plain, inAdvance: !counts },
      model: { kind: 'flat', amount: price(dice, currency, 20) },
    },
    { name: `${addOn} delivery`, ...plain, model: model(), byQuantity: true, once: true },
    ...(counts ? [{ name: `${addOn} calls`, ...plain, model: model(), usage: USAGES.calls }] : []),
  ];
}
