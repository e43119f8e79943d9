import type { ModelBook, TierBook } from '@billingrails/recompute';
import type { Dice } from '../dice';

/** What prices are in. */
export interface Currency {
  readonly currency: string;
  readonly digits: number;
}

type ModelMaker = (dice: Dice, currency: Currency) => ModelBook;

/** Prices finer than the currency's minor unit, so that rounding matters. */
export const price = (dice: Dice, { digits }: Currency, most = 3) => dice.decimal(most, digits + 2);

export const perUnit: ModelMaker = (dice, currency) => ({
  kind: 'per_unit',
  unitAmount: price(dice, currency),
});

const perPackage: ModelMaker = (dice, currency) => ({
  kind: 'per_package',
  packageSize: dice.oneOf(['2', '3', '7', '12.5']),
  packageAmount: price(dice, currency, 20),
  freeUnits: dice.oneOf(['0', '1', '4.5']),
  proRata: dice.percent(50),
});

const tiered =
  (kind: 'graduated' | 'volume' | 'stairstep'): ModelMaker =>
  (dice, currency) => {
    const tier = (upTo: string): TierBook => ({
      upTo,
      unitAmount: kind === 'stairstep' ? '0' : price(dice, currency),
      flatAmount: kind === 'stairstep' || dice.percent(50) ? price(dice, currency, 30) : '0',
    });
    return { kind, tiers: [tier('3'), tier('10'), tier('')] };
  };

const percentage: ModelMaker = (dice, currency) => ({
  kind: 'percentage',
  percent: dice.oneOf(['1.3', '2.99', '15']),
  fixedAmount: price(dice, currency, 1),
  freeAmount: dice.oneOf(['0', '10']),
  freeEvents: dice.oneOf(['0', '2']),
});

export const OF_A_QUANTITY = [
  perUnit,
  tiered('graduated'),
  tiered('volume'),
  perPackage,
  tiered('stairstep'),
];
const graduatedPercentage: ModelMaker = (dice, currency) => ({
  kind: 'graduated_percentage',
  tiers: ['5', '20', ''].map((upTo) => ({
    ...{ upTo, unitAmount: dice.oneOf(['1', '2.5', '40']), flatAmount: price(dice, currency, 2) },
  })),
});
const dynamic: ModelMaker = () => ({ kind: 'dynamic' });

export const OF_AMOUNTS = [...OF_A_QUANTITY, percentage, graduatedPercentage, dynamic];
