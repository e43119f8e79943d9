import { decimal, type Decimal } from '@billingrails/money';
import fc from 'fast-check';
import type { Tier } from '../models/tiers';

/**
 * Prices and quantities as whole counts of a small part, for oracles that count part by part: nothing of the code
 * under test computes with them.
 */
export interface WholeTier {
  /** In thousandths of a unit; absent: unlimited. */
  readonly upTo?: bigint;
  /** In 10^-9 of the currency, or of a percent. */
  readonly unitAmount: bigint;
  readonly flatAmount: bigint;
}

const PART_SCALE = 3;
const AMOUNT_SCALE = 9;

export function written(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** A quantity of so many thousandths. */
export function quantityOf(parts: bigint): Decimal {
  return decimal(written(parts, PART_SCALE));
}

/** An amount of so many 10^-9. */
export function amountOf(units: bigint): Decimal {
  return decimal(written(units, AMOUNT_SCALE));
}

/** A product of a quantity and an amount: of so many 10^-12. */
export function productOf(units: bigint): Decimal {
  return decimal(written(units, PART_SCALE + AMOUNT_SCALE));
}

/** As the models have tiers. */
export function tiersOf(tiers: readonly WholeTier[]): Tier[] {
  return tiers.map(({ upTo, unitAmount, flatAmount }) => ({
    ...(upTo === undefined ? {} : { upTo: quantityOf(upTo) }),
    unitAmount: amountOf(unitAmount),
    flatAmount: amountOf(flatAmount),
  }));
}

/** The tier that holds the part with this number, found by looking at each. */
export function wholeTierOf(tiers: readonly WholeTier[], part: bigint): WholeTier {
  const tier = tiers.find(({ upTo }) => upTo === undefined || part <= upTo);
  if (!tier) throw new Error('The last tier is unlimited.');
  return tier;
}

/** Any amount that a price may have, often a small one. */
export const anyAmount = fc.oneof(
  fc.bigInt({ min: 0n, max: 10n ** 29n - 1n }),
  fc.bigInt({ min: 0n, max: 10n }),
);

/** Any sound tiers whose boundaries lie at most so far. */
export function anyTiers(boundaryMax: bigint): fc.Arbitrary<WholeTier[]> {
  return fc
    .tuple(
      fc.uniqueArray(fc.bigInt({ min: 1n, max: boundaryMax }), { maxLength: 6 }),
      fc.array(fc.record({ unitAmount: anyAmount, flatAmount: anyAmount }), {
        minLength: 7,
        maxLength: 7,
      }),
    )
    .map(([boundaries, amounts]) => {
      const rising = boundaries.sort((a, b) => (a < b ? -1 : 1));
      return amounts.slice(0, rising.length + 1).map((each, index) => {
        const upTo = rising[index];
        return upTo === undefined ? each : { ...each, upTo };
      });
    });
}
