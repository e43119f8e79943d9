import type { Decimal } from '@billingrails/money';

/** All amounts are in major units of one currency, which is the caller's affair. */
export type Price = FlatPrice | UsagePrice;

/** A price that depends on the quantity. */
export type UsagePrice = PerUnitPrice | GraduatedPrice;

/** The same amount, whatever the quantity. */
export interface FlatPrice {
  readonly kind: 'flat';
  readonly amount: Decimal;
}

/** The same amount for each unit. */
export interface PerUnitPrice {
  readonly kind: 'per_unit';
  readonly unitAmount: Decimal;
}

/** Each part of the quantity has the price of the tier it falls into. */
export interface GraduatedPrice {
  readonly kind: 'graduated';
  /** With rising `upTo`, of which only the last is absent. */
  readonly tiers: readonly Tier[];
}

export interface Tier {
  /** The last quantity that belongs to the tier; absent: it goes on for ever. */
  readonly upTo?: Decimal;
  readonly unitAmount: Decimal;
  /** Charged once, when the quantity reaches into the tier. */
  readonly flatAmount: Decimal;
}
