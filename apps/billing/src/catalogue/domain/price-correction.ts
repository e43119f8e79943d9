import type { FeeId } from '@billingrails/ids';
import type { GroupPrice, Price } from '@billingrails/rating';
import type { Fee } from './fee';

/** A fee costs something else from an instant on, which may be past. Corrections are only added. */
export interface PriceCorrection {
  readonly feeId: FeeId;
  readonly price: Price;
  /** Set exactly where the fee is by group: in place of all that it had. */
  readonly groupPrices?: readonly GroupPrice[];
  /** Why, for people. */
  readonly note: string;
  /** From when on it holds, by the organisation's clock. */
  readonly effectiveMs: number;
  /** When it became known, by the organisation's clock. */
  readonly knownMs: number;
}

/** The most corrections that a plan may have: each holds a whole price. */
export const CORRECTIONS_MAX = 50;

/** What a subscription follows: corrections of its plans, and its own, each in the order they became known. */
export interface Corrections {
  readonly ofPlans: readonly PriceCorrection[];
  readonly own: readonly PriceCorrection[];
}

/**
 * The fee as it is priced at an instant: by the correction that took effect last, of two of one instant by the one
 * known later. What was said of one subscription holds before what was said of a plan.
 */
export function pricedAt(fee: Fee, { ofPlans, own }: Corrections, nowMs: number): Fee {
  const correction = lastOf(own, fee, nowMs) ?? lastOf(ofPlans, fee, nowMs);
  if (correction === undefined) return fee;
  const { price, groupPrices } = correction;
  return { ...fee, price, ...(groupPrices === undefined ? {} : { groupPrices }) };
}

function lastOf(
  corrections: readonly PriceCorrection[],
  { id }: Fee,
  nowMs: number,
): PriceCorrection | undefined {
  let last: PriceCorrection | undefined;
  for (const correction of corrections) {
    const { feeId, effectiveMs } = correction;
    const isLater = last === undefined || effectiveMs >= last.effectiveMs;
    if (feeId === id && effectiveMs <= nowMs && isLater) last = correction;
  }
  return last;
}
