import type { FeeBook } from '@billingrails/recompute';
import type { Dice } from '../dice';
import { OF_A_QUANTITY, OF_AMOUNTS, perUnit, price, type Currency } from './models';
import { makeTerms } from './terms';

/** Another price that the fee could have had. */
export function newPrice(
  dice: Dice,
  currency: Currency,
  { model, terms, usage, groupPrices }: FeeBook,
): Pick<FeeBook, 'model' | 'terms' | 'groupPrices'> {
  if (model.kind === 'flat')
    return { model: { kind: 'flat', amount: price(dice, currency, 50) }, terms };
  const models =
    usage !== undefined && 'property' in usage && usage.aggregation === 'sum'
      ? OF_AMOUNTS
      : OF_A_QUANTITY;
  const own = groupPrices && { groupPrices: [{ group: 'us', model: perUnit(dice, currency) }] };
  return {
    model: dice.oneOf(groupPrices === undefined ? models : OF_A_QUANTITY)(dice, currency),
    terms: usage === undefined || groupPrices !== undefined ? {} : makeTerms(dice, currency),
    ...own,
  };
}
