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
  readonly otherPrices?: readonly Omit<SizedFee, 'otherPrices'>[];
}

/** Why these fees are too many for one plan or subscription; undefined when they are not. */
export function tooManyFees(fees: readonly SizedFee[]): string | undefined {
  if (fees.length > FEES_MAX) return `holds at most ${FEES_MAX} fees`;
  return sum(fees.map(tierCount)) > TIERS_MAX
    ? `holds at most ${TIERS_MAX} tiers in all its fees and their group prices`
    : undefined;
}

/** In the currency in which they are most: a bill is in one. */
function tierCount({ otherPrices = [], ...fee }: SizedFee): number {
  const counts = [fee, ...otherPrices].map(({ price, groupPrices = [] }) =>
    sum([price, ...groupPrices.map((own) => own.price)].map(stepsMax)),
  );
  return Math.max(...counts);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
