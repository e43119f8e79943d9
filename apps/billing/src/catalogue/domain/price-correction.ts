import type { FeeId } from '@billingrails/ids';
import { writePrice, type GroupPrice, type Price } from '@billingrails/rating';
import type { Fee } from './fee';

/** A fee costs something else from an instant on, which may be past. Corrections are only added. */
export interface PriceCorrection {
  readonly feeId: FeeId;
  readonly price: Price;
  /** Set exactly where the fee is by group: in place of all that it had. */
  readonly groupPrices?: readonly GroupPrice[];
  /** Why, for people. */
  readonly note: string;
  /** Which of the plan's currencies it is of. Unset: the plan's own; of a subscription the one that it is in. */
  readonly currencyCode?: string;
  /** From when on it holds, by the organisation's clock. */
  readonly effectiveMs: number;
  /** When it became known, by the organisation's clock. */
  readonly knownMs: number;
}

/** How a fee is charged for one subscription alone. */
export interface FeeChange {
  readonly feeId: FeeId;
  /** Unset: what its plan says, or nothing where it is removed. */
  readonly price?: Price;
  /** As those of a correction. */
  readonly groupPrices?: readonly GroupPrice[];
  /** Whether the subscription does not have the fee. */
  readonly removed: boolean;
}

/** Whether nothing is different for the subscription. */
export function isListed({ price, removed }: FeeChange): boolean {
  return price === undefined && !removed;
}

/** The most corrections that a plan may have: each holds a whole price. */
export const CORRECTIONS_MAX = 50;

/** What a fee costs from an instant on. */
type PriceFrom = Partial<Pick<PriceCorrection, 'price' | 'groupPrices'>> &
  Pick<PriceCorrection, 'feeId' | 'effectiveMs'>;

/** What a subscription follows: corrections of its plans, and its own, each in the order they became known. */
export interface Corrections {
  readonly ofPlans: readonly PriceCorrection[];
  /** With what was agreed for it alone; without a price what its plans say. */
  readonly own: readonly PriceFrom[];
}

/**
 * The fee as it is priced at an instant: by the correction that took effect last, of two of one instant by the one
 * known later. What was said of one subscription holds before what was said of a plan.
 */
export function pricedAt(fee: Fee, { ofPlans, own }: Corrections, nowMs: number): Fee {
  const said = lastOf(own, fee, nowMs);
  const correction = said?.price === undefined ? lastOf(ofPlans, fee, nowMs) : said;
  if (correction?.price === undefined) return fee;
  const { price, groupPrices } = correction;
  return { ...fee, price, ...(groupPrices === undefined ? {} : { groupPrices }) };
}

/** Equal exactly for what is priced alike. */
export function priceKey({ price, groupPrices = [] }: Pick<Fee, 'price' | 'groupPrices'>): string {
  const ofGroups = groupPrices.map((own) => [own.values, writePrice(own.price)]);
  return JSON.stringify([writePrice(price), ofGroups]);
}

function lastOf(
  corrections: readonly PriceFrom[],
  { id }: Fee,
  nowMs: number,
): PriceFrom | undefined {
  let last: PriceFrom | undefined;
  for (const correction of corrections) {
    const { feeId, effectiveMs } = correction;
    const isLater = last === undefined || effectiveMs >= last.effectiveMs;
    if (feeId === id && effectiveMs <= nowMs && isLater) last = correction;
  }
  return last;
}
