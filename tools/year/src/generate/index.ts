import type { AccountBook, History } from '@billingrails/recompute';
import { besides } from './beside';
import { makeAddOns } from './catalogue/add-ons';
import { plansOf, withOtherCurrencies } from './catalogue/currencies';
import { makePlans } from './catalogue/plans';
import { Prices } from './catalogue/prices';
import { Credits } from './credits';
import { Dice, Dices } from './dice';
import { Invoicing } from './invoicing';
import { isAlone, payersOf, paysItself } from './payers';
import { living, Subscriber } from './subscribers';
import { Usage, userOf } from './usage';
import { makeWatched } from './watched';

/** What is simulated. */
export interface YearOptions {
  readonly seed: number;
  readonly accounts: number;
  readonly months: number;
}

/** The platform's defaults. */
const GRACE_MS = 3_600_000;
const ADJUST_CYCLES = 12;
/** What half of the accounts have instead. */
const GRACES_MS = [5 * GRACE_MS, 36 * GRACE_MS, 240 * GRACE_MS];

/** Years of even seeds begin in 2024, which has a 29 February. */
const firstMsOf = (seed: number) => Date.UTC(seed % 2 === 0 ? 2024 : 2025, 0, 1);
const PRICES_SEED = 1_000_000;
const MONTH_MS = 30.5 * 86_400_000;
/** At random instants. */
const STEPS_OF_A_MONTH = 5;
/** At the ends of cycles, and soon after: within the grace, too. */
const EDGES_OF_A_MONTH = 3;
/** By then all accounts have subscribed. */
const SUBSCRIBED_BY_MS = 1.5 * MONTH_MS;

/** Everything that is agreed and that happens, by the seed alone. */
export function generate({ seed, accounts, months }: YearOptions): History {
  const firstMs = firstMsOf(seed);
  const dices = new Dices(seed);
  const dice = dices.main;
  const plans = withOtherCurrencies(dices, makePlans(dices));
  const addOns = withOtherCurrencies(dices, makeAddOns(dices, plans));
  const live = living(dices, addOns);
  const currencies = [...new Set(plans.map(({ currency }) => currency))];
  const usage = new Usage(dice, firstMs);
  // Of their own, so that what else happens is the same without them.
  const prices = new Prices(
    new Dice(seed + PRICES_SEED),
    dices.of('discounts of prices'),
    dices.of('currencies of prices'),
    plans,
  );
  const credits = new Credits(dices.of('credits'), dices.of('credits in money'));
  const invoicing = new Invoicing(dices.of('invoicing'), firstMs);
  const subscribers: Subscriber[] = [];
  const previews: { step: number; subscription: string }[] = [];
  const lastMs = firstMs + Math.round(months * MONTH_MS);
  const stepsMs = [firstMs];
  const subscribedByMs = Math.min(SUBSCRIBED_BY_MS, (lastMs - firstMs) / 2);
  for (let [fromMs, step] = [firstMs, 0]; fromMs < lastMs; step += 1) {
    const nowMs = stepsMs[step] ?? lastMs;
    for (const subscriber of subscribers) live(subscriber, { step, nowMs });
    const share = (nowMs - firstMs) / subscribedByMs;
    const wanted = Math.max(1, Math.min(accounts, Math.ceil(accounts * share)));
    while (subscribers.length < wanted) {
      const number = subscribers.length;
      const currency = currencies[number % currencies.length] ?? '';
      const own = plansOf(dices, plans, currency);
      const account = `account-${String(number + 1).padStart(3, '0')}`;
      subscribers.push(new Subscriber(account, own, dices, { step, nowMs }));
    }
    for (const subscriber of subscribers)
      if (step > 0) usage.use(userOf(subscriber), step, { fromMs, untilMs: nowMs });
    if (step > 0) prices.live(step, nowMs, subscribers);
    const present = subscribers.map(({ account }) => account);
    credits.live(step, nowMs, present);
    credits.liveMoney(
      step,
      nowMs,
      subscribers.filter((_, index) => isAlone(index)),
    );
    invoicing.live(step, nowMs, present);
    const { account: subscription } = dices.of('previews').oneOf(subscribers);
    previews.push({ step, subscription });
    fromMs = nowMs;
    if (nowMs < lastMs) stepsMs.push(Math.min(lastMs, nextStepMs(dice, subscribers, nowMs)));
  }
  const watched = makeWatched(dices, stepsMs, accounts);
  const { grants, checks, ...money } = credits.book;
  const owing = subscribers.filter((_, index) => paysItself(index));
  return {
    ...{ graceMs: GRACE_MS, adjustCycles: ADJUST_CYCLES, stepsMs },
    plans: [...plans, ...addOns, watched.plan],
    accounts: accountsOf(subscribers, dices),
    subscriptions: [
      ...subscribers.map(({ account, timeZone, cycles, facts }) => ({
        ...{ name: account, account, timeZone, cycles, facts },
      })),
      ...besides(subscribers, dices.of('subscriptions beside others')),
      ...watched.subscriptions,
    ],
    events: [...usage.events, ...watched.events],
    corrections: [...usage.corrections, ...watched.corrections],
    priceCorrections: prices.corrections,
    reRates: prices.reRates,
    previews,
    credits: {
      ...money,
      recurring: watched.credits.recurring,
      grants: [...grants, ...watched.credits.grants],
      checks: [...checks, ...watched.credits.checks].sort((a, b) => a.step - b.step),
    },
    alerts: watched.alerts,
    features: watched.features,
    accesses: watched.accesses,
    invoicing: invoicing.book(
      [...owing.map(({ account }) => account), ...watched.accounts],
      [...plans, ...addOns, watched.plan],
    ),
  };
}

/** Those that differ from the defaults. */
function accountsOf(subscribers: readonly Subscriber[], dices: Dices): AccountBook[] {
  const [dice, own] = [dices.of('graces'), dices.of('own bills')];
  const accounts = [...new Set(subscribers.map(({ account }) => account))];
  const paid = new Map(payersOf(accounts).map((book) => [book.account, book]));
  return accounts.flatMap((account) => {
    const grace = dice.percent(50) ? { graceMs: dice.oneOf(GRACES_MS) } : undefined;
    const ownBills = own.percent(30) ? { ownBills: true } : undefined;
    const said = { ...grace, ...ownBills, ...paid.get(account) };
    return Object.keys(said).length === 0 ? [] : [{ account, ...said }];
  });
}

function nextStepMs(dice: Dice, subscribers: readonly Subscriber[], nowMs: number): number {
  const steps = STEPS_OF_A_MONTH + EDGES_OF_A_MONTH;
  const meanMs = MONTH_MS / steps;
  const laterMs = nowMs + dice.whole(1, Math.round(2 * meanMs));
  if (dice.whole(1, steps) > EDGES_OF_A_MONTH) return laterMs;
  const edgeMs = dice.oneOf(subscribers).nextCycleMs(nowMs);
  // Not further than a random step, so that there are as many however few the accounts.
  if (edgeMs > nowMs + 4 * meanMs) return laterMs;
  return edgeMs + dice.oneOf([0, 0, 1, GRACE_MS / 2, GRACE_MS - 1, GRACE_MS, GRACE_MS + 1]);
}
