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
  /** For so many cycles what is left of them may be used after; left out: for none. */
  readonly rolloverCycles?: string;
  /** So many are carried into a cycle at most; left out: all. */
  readonly rolloverMaximum?: string;
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
  /** Of a fee that counts nothing: priced for the subscription's quantity, or for that of the add-on. */
  readonly byQuantity: boolean;
  /** Of a fee of an add-on that counts nothing: charged once, when that is attached. Left out: it recurs. */
  readonly once?: boolean;
  /** Whether it counts towards a commitment. Unset: what is by usage does, what recurs does not. */
  readonly counting?: 'counted' | 'left_out';
}

/** What is charged at least for so many cycles together; what counts beyond it costs as many times what it cost. */
export interface CommitmentBook {
  readonly amount: string;
  readonly cycles: number;
  readonly overageFactor: string;
}

/** How the fees of a plan are priced in another currency, by their names. */
export interface CurrencyBook {
  readonly currency: string;
  /** How many digits the currency's minor unit has. */
  readonly digits: number;
  readonly prices: Readonly<Record<string, Pick<FeeBook, 'model' | 'terms' | 'groupPrices'>>>;
}

/** A version of a plan, or an add-on. */
export interface PlanBook {
  readonly name: string;
  /** The name of the plan that it is the next version of. Unset: the first version of a plan of its own. */
  readonly versionOf?: string;
  /** Whether it is attached to subscriptions beside their plan. Left out: it is subscribed to. */
  readonly isAddOn?: boolean;
  readonly currency: string;
  /** How many digits the currency's minor unit has. */
  readonly digits: number;
  readonly fees: readonly FeeBook[];
  /** A plan that has any commits to nothing. Left out: none. */
  readonly otherCurrencies?: readonly CurrencyBook[];
  readonly commitment?: CommitmentBook;
}

/**
 * What is let off of fees, a percentage or an amount of a cycle: for so many cycles, for those that begin before an
 * instant, or for all.
 */
export interface DiscountBook {
  /** No other of its subscription is called so. */
  readonly name: string;
  readonly percentOff?: string;
  readonly amountOff?: string;
  /** The only fee. Unset: all. */
  readonly fee?: string;
  readonly cycles?: number;
  readonly untilMs?: number;
}

/** A fee costs something else from an instant on, for all subscriptions of its plan or for one. */
export interface PriceCorrectionBook {
  readonly step: number;
  readonly plan: string;
  readonly fee: string;
  /** For those of the plan that are in it. Unset: in the plan's own; of one subscription the one that it is in. */
  readonly currency?: string;
  /** Unset: for all of the plan. What was said of one holds before what was said of all. */
  readonly subscription?: string;
  readonly model: ModelBook;
  readonly terms: TermsBook;
  readonly groupPrices?: FeeBook['groupPrices'];
  readonly fromMs: number;
}
