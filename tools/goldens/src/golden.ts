/**
 * A recorded billing period: what is given, and the invoice that comes of it. The files of `testdata/` have this shape.
 * Decimals are texts, instants are in ISO 8601.
 */
export interface Golden {
  /** What the file shows, as a sentence: the test's name. */
  readonly about: string;
  readonly plan: {
    readonly currency: string;
    readonly fees: readonly GoldenFee[];
  };
  readonly subscription: {
    /** Tells subscriptions apart; empty: the only one. */
    readonly name?: string;
    /** Cycle 0 begins here. */
    readonly start: string;
    readonly time_zone: string;
    /** The cycle that is closed. */
    readonly cycle: number;
    /** Of this subscription alone; none where they are left out. */
    readonly fees?: readonly GoldenFee[];
  };
  /** By the meter profile's code: complete for the cycle. */
  readonly usage: Readonly<Record<string, GoldenUsage>>;
  readonly invoice: GoldenInvoice;
}

export interface GoldenFee {
  readonly name: string;
  readonly unit?: string;
  /** As the contract's `Price` is written in JSON: one key, the kind, with its fields. */
  readonly price: Readonly<Record<string, unknown>>;
  /** The code of the meter profile. Left out for a fee that counts nothing. */
  readonly profile?: string;
  /** The groups that have a price of their own. Set exactly for a fee by group. */
  readonly group_prices?: readonly {
    readonly values: readonly GoldenValue[];
    readonly price: Readonly<Record<string, unknown>>;
  }[];
  /** When it was added; left out: with the subscription. */
  readonly added?: string;
}

export type GoldenValue = string | number | boolean | null;

export interface GoldenUsage {
  /** Left out where the aggregation has no value. */
  readonly quantity?: string;
  readonly events: number;
  /** What each event reported, for prices that read it; left out: not asked for. */
  readonly transactions?: readonly string[];
  /** For fees by group; `other` is metering's overflow group. */
  readonly groups?: readonly {
    readonly values: readonly GoldenValue[] | 'other';
    readonly quantity: string;
    readonly events: number;
  }[];
}

/** What stands on the invoice. Its ids are not recorded: how they are derived may change, what is owed may not. */
export interface GoldenInvoice {
  /** Half-open, as two instants. */
  readonly period: readonly [string, string];
  readonly lines: readonly {
    readonly description: string;
    readonly quantity: string;
    readonly unit: string;
    readonly group?: readonly GoldenValue[] | 'other';
    readonly events?: number;
    /** The arithmetic, a text for each step. */
    readonly steps: readonly string[];
    readonly exact_amount: string;
    readonly amount: string;
  }[];
  readonly total: string;
}
