/** How a usage fee's quantity is made of events. */
export interface UsageBook {
  /** The events' name. */
  readonly event: string;
  readonly aggregation: 'count' | 'sum' | 'max' | 'unique';
  /** What of the event is summed, compared or told apart; not for counting. */
  readonly property?: string;
  /** By what groups are told apart, for fees by group. */
  readonly groupBy?: string;
}

export interface TierBook {
  /** Empty: unlimited. */
  readonly upTo: string;
  readonly unitAmount: string;
  readonly flatAmount: string;
}

export type ModelBook =
  | { readonly kind: 'flat'; readonly amount: string }
  | { readonly kind: 'per_unit'; readonly unitAmount: string }
  | {
      readonly kind: 'per_package';
      readonly packageSize: string;
      readonly packageAmount: string;
      readonly freeUnits: string;
      readonly proRata: boolean;
    }
  | { readonly kind: 'graduated'; readonly tiers: readonly TierBook[] }
  | { readonly kind: 'volume'; readonly tiers: readonly TierBook[] }
  /** The amounts that events report, as they are. */
  | { readonly kind: 'dynamic' }
  /** Of a tier the unit amount is a percentage. */
  | { readonly kind: 'graduated_percentage'; readonly tiers: readonly TierBook[] }
  /** Of a stair only the flat amount counts. */
  | { readonly kind: 'stairstep'; readonly tiers: readonly TierBook[] }
  | {
      readonly kind: 'percentage';
      readonly percent: string;
      readonly fixedAmount: string;
      readonly freeAmount: string;
      readonly freeEvents: string;
    };

/** What is agreed beside a model; what is left out changes nothing. */
export interface TermsBook {
  readonly divisor?: string;
  readonly rounding?: 'up' | 'down' | 'half';
  readonly includedUnits?: string;
  readonly minimum?: string;
  readonly maximum?: string;
  readonly percentOff?: string;
  readonly amountOff?: string;
  /** For so many cycles percentOff and amountOff hold; left out: for all. */
  readonly discountCycles?: string;
}

export interface FeeBook {
  /** What it is told by: versions of a plan that have a fee of the same name have the same fee. */
  readonly name: string;
  readonly model: ModelBook;
  readonly terms: TermsBook;
  /** Unset: the fee recurs. */
  readonly usage?: UsageBook;
  /** Set exactly for a fee by group: groups with a price of their own. */
  readonly groupPrices?: readonly { readonly group: string; readonly model: ModelBook }[];
  /** Of a fee that recurs: charged when the cycle begins. */
  readonly inAdvance: boolean;
  /** Of a fee that recurs: priced for the subscription's quantity. */
  readonly byQuantity: boolean;
}

/** A version of a plan. */
export interface PlanBook {
  readonly name: string;
  /** The name of the plan that it is the next version of. Unset: the first version of a plan of its own. */
  readonly versionOf?: string;
  readonly currency: string;
  /** How many digits the currency's minor unit has. */
  readonly digits: number;
  readonly fees: readonly FeeBook[];
}

export type Proration = 'second' | 'day' | 'none';

export interface TrialBook {
  readonly endMs: number;
  readonly billed: BilledMeanwhile;
  /** Whether the subscription goes on when it ends. */
  readonly converts: boolean;
}

export type BilledMeanwhile = 'nothing' | 'recurring' | 'usage';

export type When =
  { readonly kind: 'now' | 'period_end' } | { readonly kind: 'at'; readonly ms: number };

/** What was agreed; `step` is that in which it was said. */
export type FactBook =
  | {
      readonly kind: 'subscribed';
      readonly step: number;
      readonly plan: string;
      readonly quantity: string;
      readonly startMs: number;
      /** The trial that it begins with: no more is charged than `billed` says. */
      readonly trial?: TrialBook;
    }
  /** The trial ends then, and not when it was to end, and the subscription goes on. */
  | {
      readonly kind: 'converted';
      readonly step: number;
      readonly when: When;
      readonly proration: Proration;
    }
  | {
      readonly kind: 'changed';
      readonly step: number;
      readonly plan?: string;
      readonly quantity?: string;
      readonly when: When;
      readonly proration: Proration;
      /** Whether it is said as a migration to another version of the plan: the same, told otherwise. */
      readonly migrates?: boolean;
    }
  | {
      readonly kind: 'cancelled';
      readonly step: number;
      readonly when: When;
      readonly proration: Proration;
    }
  /** Until it is resumed no more is charged than `billed` says. */
  | {
      readonly kind: 'paused';
      readonly step: number;
      readonly when: When;
      /** Unset: when that is said. */
      readonly resumeMs?: number;
      readonly billed: BilledMeanwhile;
      readonly proration: Proration;
    }
  /** The pause ends then, and not when it was to end; one that has not begun by then never comes. */
  | {
      readonly kind: 'resumed';
      readonly step: number;
      readonly when: When;
      readonly proration: Proration;
    }
  | {
      readonly kind: 'one_off';
      readonly step: number;
      readonly description: string;
      readonly amount: string;
      readonly billNow: boolean;
    };

/** How cycles are counted: boundaries lie so many units from the anchor. */
export interface CycleBook {
  readonly unit: 'day' | 'week' | 'month' | 'quarter' | 'half_year' | 'year';
  readonly count: number;
  readonly anchor:
    | { readonly kind: 'start' }
    | { readonly kind: 'time'; readonly ms: number }
    /** At midnight of a day of the week (1 is Monday), or of a day of the month, counted from a month of the year. */
    | { readonly kind: 'weekday'; readonly day: number }
    | { readonly kind: 'date'; readonly month: number; readonly day: number };
  /** How what recurs is charged for a first cycle that is shorter than a whole one. */
  readonly firstProration: Proration;
}

/** A fee costs something else from an instant on, for all subscriptions of its plan or for one. */
export interface PriceCorrectionBook {
  readonly step: number;
  readonly plan: string;
  readonly fee: string;
  /** Unset: for all of the plan. What was said of one holds before what was said of all. */
  readonly subscription?: string;
  readonly model: ModelBook;
  readonly terms: TermsBook;
  readonly groupPrices?: FeeBook['groupPrices'];
  readonly fromMs: number;
}

export interface SubscriptionBook {
  readonly name: string;
  readonly account: string;
  readonly timeZone: string;
  readonly cycles: CycleBook;
  /** In the order in which they were said; the first is that it was subscribed. At most one in a step. */
  readonly facts: readonly FactBook[];
}

export interface EventBook {
  readonly step: number;
  readonly account: string;
  readonly event: string;
  readonly key: string;
  readonly atMs: number;
  readonly properties: Readonly<Record<string, string>>;
}

/** An event is taken back, or gets other content. Of several for one event the last decides. */
export interface CorrectionBook {
  readonly step: number;
  readonly account: string;
  readonly key: string;
  /** Unset: it is taken back. */
  readonly to?: Pick<EventBook, 'event' | 'atMs' | 'properties'>;
}

/**
 * Everything that was said and everything that happened. In each step the clock moves to its time, and what fell due by
 * then is billed; then facts are said, and what they made due is billed; then prices are corrected, and in some steps
 * all that was billed is rated again; then events are sent and corrected.
 */
export interface History {
  /** How long usage may still arrive after its cycle has ended. */
  readonly graceMs: number;
  /** How many closed cycles can be adjusted: each bill looks at all of them again. */
  readonly adjustCycles: number;
  readonly plans: readonly PlanBook[];
  readonly subscriptions: readonly SubscriptionBook[];
  /** The clock's time of each step, rising. */
  readonly stepsMs: readonly number[];
  readonly events: readonly EventBook[];
  /** In the order in which they are said. Left out: none. */
  readonly priceCorrections?: readonly PriceCorrectionBook[];
  /** The steps in which everything that was billed is rated again. Left out: none. */
  readonly reRates?: readonly number[];
  /** In the order in which they are sent. */
  readonly corrections: readonly CorrectionBook[];
}
