/** A tax that customers of a country owe; of several of one name that of the category, and the latest, holds. */
export interface TaxRateBook {
  readonly name: string;
  readonly percent: string;
  readonly country: string;
  /** For supplies of it alone. Left out: for all. */
  readonly category?: string;
  /** Whether it is also owed on the taxes of a line that are not compound. */
  readonly compound?: boolean;
  /** Left out: always. */
  readonly fromMs?: number;
}

/** Where the customers of invoices are. */
export interface CustomerBook {
  readonly account: string;
  readonly country: string;
  /** It owes no tax on what is taxed before. */
  readonly exemptUntilMs?: number;
}

/** How what a fee charges is taxed. */
export interface FeeTaxBook {
  readonly fee: string;
  readonly category?: string;
  /** Whether its price includes its taxes. */
  readonly included: boolean;
}

export interface TaxesBook {
  /** Where customers are of whom nothing is said. */
  readonly sellerCountry: string;
  /** Whether each rate is rounded on each line, or else once on an invoice. */
  readonly byLine: boolean;
  readonly rates: readonly TaxRateBook[];
  readonly customers: readonly CustomerBook[];
  readonly fees: readonly FeeTaxBook[];
}

/** What accounts that give its code are let off their invoices: a percentage, or an amount in a currency. */
export interface CouponBook {
  readonly code: string;
  readonly off:
    { readonly percent: string } | { readonly amount: string; readonly currency: string };
  /** Of so many invoices of each redemption. Left out: of all. */
  readonly invoices?: number;
  /** For so many days. Left out: for good. */
  readonly days?: number;
}

/** For invoices that are dated after the step. */
export interface RedemptionBook {
  readonly step: number;
  readonly account: string;
  readonly code: string;
  readonly fromMs: number;
}

/** What makes a document of bills. Taxes and coupons are there from the beginning. */
export interface InvoicingBook {
  readonly taxes: TaxesBook;
  readonly coupons: readonly CouponBook[];
  /** In the order in which they are redeemed. */
  readonly redemptions: readonly RedemptionBook[];
}
