import type { FeeBook, PlanBook, UsageBook } from '@billingrails/recompute';
import type { Dice, Dices } from '../dice';
import { commitmentOf } from './commitments';
import { OF_A_QUANTITY, OF_AMOUNTS, perUnit, price, type Currency } from './models';
import { forCycles, makeTerms, rolling } from './terms';

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

/** Twelve plans, four in each currency, of which the first has two versions; the models take turns: all are there. */
export function makePlans(dices: Dices): PlanBook[] {
  return CURRENCIES.flatMap((currency, group) =>
    Array.from({ length: PLANS_OF_A_CURRENCY }, (_, index) => {
      const turn = group * PLANS_OF_A_CURRENCY + index;
      const name = `${currency.currency} ${index + 1}`;
      const fees = makeFees(dices, currency, turn, name);
      const plan = { name, ...currency, fees, ...commitmentOf(dices.of('commitments'), turn) };
      return index === 0 ? [plan, nextVersion(dices, currency, turn, plan)] : [plan];
    }).flat(),
  );
}

/** Half of the fees are carried over, and come first, as in every next version; new ones replace the others. */
function nextVersion(dices: Dices, currency: Currency, turn: number, plan: PlanBook): PlanBook {
  const name = `${plan.name} again`;
  const fresh = makeFees(dices, currency, turn, name);
  const isKept = (_: FeeBook, index: number) => index % 2 === 0;
  const fees = [...plan.fees.filter(isKept), ...fresh.filter((fee, index) => !isKept(fee, index))];
  const { commitment: _, ...rest } = plan;
  const committing = commitmentOf(dices.of('commitments'), turn + 1);
  return { ...rest, name, versionOf: plan.name, fees, ...committing };
}

function makeFees(dices: Dices, currency: Currency, turn: number, plan: string): FeeBook[] {
  const dice = dices.main;
  const off = dices.of('discount cycles');
  const rolled = dices.of('rollover');
  const at = <T>(all: readonly T[], index: number): T => all[index % all.length] as T;
  const recurring = { inAdvance: turn % 2 === 0, byQuantity: false };
  const counted = { inAdvance: false, byQuantity: false };
  return [
    {
      name: `${plan} base`,
      model: { kind: 'flat', amount: price(dice, currency, 50) },
      terms: dice.percent(30) ? forCycles(off, { percentOff: '12.5' }) : {},
      ...recurring,
    },
    {
      name: `${plan} seats`,
      model: at(OF_A_QUANTITY, turn)(dice, currency),
      terms: {},
      inAdvance: turn % 3 !== 1,
      byQuantity: true,
      ...(turn % 3 === 0 ? { counting: 'counted' as const } : {}),
    },
    {
      name: `${plan} calls`,
      model: at(OF_A_QUANTITY, turn + 1)(dice, currency),
      terms: rolling(rolled, forCycles(off, makeTerms(dice, currency))),
      usage: USAGES.calls,
      ...counted,
    },
    {
      name: `${plan} volume`,
      model: at(OF_AMOUNTS, turn + 5)(dice, currency),
      terms: rolling(rolled, forCycles(off, makeTerms(dice, currency))),
      usage: USAGES.volume,
      ...counted,
    },
    {
      name: `${plan} ${turn % 2 === 0 ? 'users' : 'peak'}`,
      model: at(OF_A_QUANTITY, turn + 3)(dice, currency),
      terms: {},
      usage: turn % 2 === 0 ? USAGES.users : USAGES.peak,
      ...counted,
      ...(turn % 4 === 1 ? { counting: 'left_out' as const } : {}),
    },
    ...(turn % 3 === 0 ? [makeRegions(dices.main, currency, turn, plan)] : []),
  ];
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
