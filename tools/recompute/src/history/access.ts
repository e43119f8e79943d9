import type { UsageBook } from './catalogue';

/** A metered feature that a plan grants with a hard limit, anew in each billing cycle. */
export interface FeatureBook {
  readonly code: string;
  readonly usage: UsageBook;
  readonly plan: string;
  readonly limit: string;
  readonly grace?: string;
  /** In so many cycles after its own what a cycle leaves may be used. */
  readonly rolloverPeriods: number;
  /** So much is carried into a cycle at most. Left out: all. */
  readonly rolloverMaximum?: string;
}

/**
 * What an account asks, keeps, uses and gives back, in the order in which it does; before the step's usage is sent, or
 * after it.
 */
export type AccessBook = {
  readonly step: number;
  readonly after: boolean;
  readonly account: string;
  readonly feature: string;
} & (
  | { readonly kind: 'check'; readonly quantity?: string }
  /** Refused where the limit does not allow it; what follows of it is then left out. */
  | {
      readonly kind: 'reserve';
      readonly name: string;
      readonly quantity: string;
      readonly lifetimeMs: number;
    }
  | {
      readonly kind: 'settle';
      readonly name: string;
      readonly quantity: string;
      /** Of the event that reports it. */
      readonly key: string;
      readonly atMs: number;
    }
  | { readonly kind: 'release'; readonly name: string }
);
