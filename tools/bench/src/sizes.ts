/** How much is measured. */
export interface Sizes {
  /** How often a figure and its baseline take turns. */
  readonly rounds: number;
  /** How long a turn lasts. */
  readonly seconds: number;
  /** Of the lanes alone, over all rounds. */
  readonly laneEvents: number;
  /** Of one account in one month; the first is the baseline of the others. */
  readonly monthEvents: readonly number[];
  /** How often each month is asked for in a round. */
  readonly queries: number;
  /** Distinct values of one account in one month. */
  readonly uniqueValues: readonly number[];
  /** Stored before the profile that counts them. */
  readonly backfillEvents: number;
  /** Whose cycles end at one instant. */
  readonly subscriptions: number;
  /** Of each of their accounts in that cycle. */
  readonly accountEvents: number;
  /** In the file that the command line imports in one turn. */
  readonly importEvents: number;
  /** Posted in one turn. */
  readonly webhooks: number;
}

const USUAL: Sizes = {
  rounds: 3,
  seconds: 10,
  laneEvents: 400_000,
  monthEvents: [100_000, 1_000_000],
  queries: 200,
  uniqueValues: [1_000_000],
  backfillEvents: 1_000_000,
  subscriptions: 10_000,
  accountEvents: 100,
  importEvents: 300_000,
  webhooks: 3_000,
};

/** Enough to see that everything works, in two minutes; too little to compare with. */
const QUICK: Sizes = {
  rounds: 1,
  seconds: 3,
  laneEvents: 40_000,
  monthEvents: [20_000, 60_000],
  queries: 50,
  uniqueValues: [60_000],
  backfillEvents: 60_000,
  subscriptions: 500,
  accountEvents: 20,
  importEvents: 60_000,
  webhooks: 600,
};

const FULL: Sizes = {
  ...USUAL,
  monthEvents: [...USUAL.monthEvents, 10_000_000],
  uniqueValues: [...USUAL.uniqueValues, 10_000_000],
};

/** The sizes of a run; of a billing run also by themselves. */
export function sizesOf(options: {
  readonly quick: boolean;
  readonly full: boolean;
  readonly subscriptions?: number;
  readonly events?: number;
}): Sizes {
  const { quick, full, subscriptions, events } = options;
  const sizes = full ? FULL : USUAL;
  const usual = quick ? QUICK : sizes;
  return {
    ...usual,
    subscriptions: subscriptions ?? usual.subscriptions,
    accountEvents: events ?? usual.accountEvents,
  };
}

/** 1000000 as "1 M", 60000 as "60 k". */
export function shortCount(count: number): string {
  return count >= 1_000_000 ? `${count / 1_000_000} M` : `${count / 1_000} k`;
}
