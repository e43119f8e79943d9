import type { Decimal } from '@billingrails/money';

/** What a price is applied to. */
export interface PricedUsage {
  /** What the meter profile counted; may be below zero. 1 for a price that counts nothing. */
  readonly quantity: Decimal;
  /** How many events the quantity was made of. */
  readonly eventCount: bigint;
}
