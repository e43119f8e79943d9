import type { UsageBook } from './catalogue';

/** What of an account is watched. */
export type FigureBook =
  | {
      readonly kind: 'usage';
      readonly usage: UsageBook;
      /** The billing cycle of its subscription, or of the calendar of UTC. */
      readonly period: 'cycle' | 'week' | 'month';
    }
  | { readonly kind: 'spend'; readonly currency: string }
  /** What may be burned of credits of a unit. */
  | { readonly kind: 'balance'; readonly unit: string };

export interface ThresholdBook {
  readonly value: string;
  readonly direction: 'up' | 'down';
}

/** There from the beginning. */
export interface AlertBook {
  readonly name: string;
  /** Left out: every account, each by itself. */
  readonly account?: string;
  readonly figure: FigureBook;
  /**
   * Each twice: upwards, and downwards a little below, so that no value lies between. So whenever the figure passes it,
   * one fires, and whoever waits for that knows that it was looked at.
   */
  readonly thresholds: readonly ThresholdBook[];
}
