import type { TermsBook } from '@billingrails/recompute';
import type { Dice } from '../dice';
import { price, type Currency } from './models';

/** What is agreed beside a model. */
export function makeTerms(dice: Dice, currency: Currency): TermsBook {
  if (dice.percent(50)) return {};
  return {
    ...(dice.percent(30)
      ? {
          divisor: dice.oneOf(['3', '7']),
          ...(dice.percent(60) ? { rounding: dice.oneOf(['up', 'down', 'half'] as const) } : {}),
        }
      : {}),
    ...(dice.percent(40) ? { includedUnits: dice.oneOf(['1', '2.5']) } : {}),
    ...(dice.percent(30) ? { minimum: price(dice, currency, 5) } : {}),
    ...(dice.percent(30) ? { maximum: `${dice.whole(6, 40)}` } : {}),
    ...(dice.percent(30) ? { percentOff: dice.oneOf(['10', '33.3']) } : {}),
    ...(dice.percent(30) ? { amountOff: price(dice, currency, 2) } : {}),
  };
}

/** Of discounts two of five are for some cycles only. */
export function forCycles(dice: Dice, terms: TermsBook): TermsBook {
  if (terms.percentOff === undefined && terms.amountOff === undefined) return terms;
  return dice.percent(40) ? { ...terms, discountCycles: String(dice.whole(1, 6)) } : terms;
}

/** Of included units most roll over, and of others that nobody agreed on some are included that do. */
export function rolling(dice: Dice, terms: TermsBook): TermsBook {
  if (!dice.percent(terms.includedUnits === undefined ? 30 : 70)) return terms;
  const { includedUnits = dice.oneOf(['3', '10', '25.5']) } = terms;
  const most = dice.percent(50) ? { rolloverMaximum: dice.oneOf(['2', '12.5']) } : {};
  return { ...terms, includedUnits, rolloverCycles: String(dice.whole(1, 3)), ...most };
}
