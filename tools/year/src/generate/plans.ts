import type {
  FeeBook,
  ModelBook,
  PlanBook,
  TermsBook,
  TierBook,
  UsageBook,
} from '@billingrails/recompute';
import type { Dice } from './dice';

/** What usage fees price: each is a profile of a meter. */
export const USAGES = {
  calls: { event: 'Calls', aggregation: 'count' },
  users: { event: 'Calls', aggregation: 'unique', property: 'user' },
  volume: { event: 'Data', aggregation: 'sum', property: 'gb' },
  regions: { event: 'Data', aggregation: 'sum', property: 'gb', groupBy: 'region' },
  peak: { event: 'Data', aggregation: 'max', property: 'gb' },
} as const satisfies Record<string, UsageBook>;

const CURRENCIES = [
  { currency: 'USD', digits: 2 },
  { currency: 'JPY', digits: 0 },
  { currency: 'KWD', digits: 3 },
];

const PLANS_OF_A_CURRENCY = 4;

type Currency = (typeof CURRENCIES)[number];

type ModelMaker = (dice: Dice, currency: Currency) => ModelBook;

/** Prices finer than the currency's minor unit, so that rounding matters. */
const price = (dice: Dice, { digits }: Currency, most = 3) => dice.decimal(most, digits + 2);

const perUnit: ModelMaker = (dice, currency) => ({
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

const OF_A_QUANTITY = [
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

const OF_AMOUNTS = [...OF_A_QUANTITY, percentage, graduatedPercentage, dynamic];

/** Twelve plans, four in each currency, of which the first has two versions; the models take turns: all are there. */
export function makePlans(dice: Dice): PlanBook[] {
  return CURRENCIES.flatMap((currency, group) =>
    Array.from({ length: PLANS_OF_A_CURRENCY }, (_, index) => {
      const turn = group * PLANS_OF_A_CURRENCY + index;
      const name = `${currency.currency} ${index + 1}`;
      const plan = { name, ...currency, fees: makeFees(dice, currency, turn, name) };
      return index === 0 ? [plan, nextVersion(dice, currency, turn, plan)] : [plan];
    }).flat(),
  );
}

/** Half of the fees are carried over, the others have new ones in their place. */
function nextVersion(dice: Dice, currency: Currency, turn: number, plan: PlanBook): PlanBook {
  const name = `${plan.name} again`;
  const fresh = makeFees(dice, currency, turn, name);
  const fees = plan.fees.map((fee, index) => (index % 2 === 0 ? fee : (fresh[index] ?? fee)));
  return { ...plan, name, versionOf: plan.name, fees };
}

function makeFees(dice: Dice, currency: Currency, turn: number, plan: string): FeeBook[] {
  const at = <T>(all: readonly T[], index: number): T => all[index % all.length] as T;
  const recurring = { inAdvance: turn % 2 === 0, byQuantity: false };
  const counted = { inAdvance: false, byQuantity: false };
  return [
    {
      name: `${plan} base`,
      model: { kind: 'flat', amount: price(dice, currency, 50) },
      terms: dice.percent(30) ? { percentOff: '12.5' } : {},
      ...recurring,
    },
    {
      name: `${plan} seats`,
      model: at(OF_A_QUANTITY, turn)(dice, currency),
      terms: {},
      inAdvance: turn % 3 !== 1,
      byQuantity: true,
    },
    {
      name: `${plan} calls`,
      model: at(OF_A_QUANTITY, turn + 1)(dice, currency),
      terms: makeTerms(dice, currency),
      usage: USAGES.calls,
      ...counted,
    },
    {
      name: `${plan} volume`,
      model: at(OF_AMOUNTS, turn + 5)(dice, currency),
      terms: makeTerms(dice, currency),
      usage: USAGES.volume,
      ...counted,
    },
    {
      name: `${plan} ${turn % 2 === 0 ? 'users' : 'peak'}`,
      model: at(OF_A_QUANTITY, turn + 3)(dice, currency),
      terms: {},
      usage: turn % 2 === 0 ? USAGES.users : USAGES.peak,
      ...counted,
    },
    ...(turn % 3 === 0 ? [makeRegions(dice, currency, turn, plan)] : []),
  ];
}

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

/** A price for each region; one of them has its own. */
function makeRegions(dice: Dice, currency: Currency, turn: number, plan: string): FeeBook {
  const [all, own] = [turn + 2, turn + 4].map((index) => OF_A_QUANTITY[index % 5] ?? perUnit);
  return {
    name: `${plan} regions`,
    model: (all ?? perUnit)(dice, currency),
    terms: {},
    usage: USAGES.regions,
    groupPrices: [{ group: 'eu', model: (own ?? perUnit)(dice, currency) }],
    inAdvance: false,
    byQuantity: false,
  };
}

function makeTerms(dice: Dice, currency: Currency): TermsBook {
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
