import { stepsMax, type Price } from '@billingrails/rating';

/**
 * The most that a plan, or a subscription by itself, may hold: fees, and tiers in all of them and their group prices (a
 * price that takes one step counts as one).
 */
export const FEES_MAX = 150;
export const TIERS_MAX = 800;

/** What of a fee, or of a draft, counts against the limits. */
export interface SizedFee {
  readonly price: Price;
  readonly groupPrices?: readonly { readonly price: Price }[];
}

/** Why these fees are too many for one plan or subscription; undefined when they are not. */
export function tooManyFees(fees: readonly SizedFee[]): string | undefined {
  if (fees.length > FEES_MAX) return `holds at most ${FEES_MAX} fees`;
  return sum(fees.map(tierCount)) > TIERS_MAX
    ? `holds at most ${TIERS_MAX} tiers in all its fees and their group prices`
    : undefined;
}

function tierCount({ price, groupPrices = [] }: SizedFee): number {
  return sum([price, ...groupPrices.map((own) => own.price)].map(stepsMax));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
