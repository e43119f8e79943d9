import type { Violation } from '@billingrails/errors';
import type { FeeId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';

/** What is let off of the fees of a subscription: a percentage or an amount, exactly one of them. */
export interface Discount {
  /** 10 lets off 10 % of what a fee comes to with its own terms, and what percentages before it leave. */
  readonly percentOff?: Decimal;
  /** Of each cycle, in major units: of all fees together, as far as what discounts before it leave. */
  readonly amountOff?: Decimal;
  /** The only fee that it is let off of. Unset: all of them. */
  readonly feeId?: FeeId;
  /** What its lines are called. Unset: `DISCOUNT_NAME`. */
  readonly name?: string;
  /** Until when. Unset: as long as the subscription lives. */
  readonly until?: DiscountEnd;
}

export type DiscountEnd =
  /** So many cycles, counted from the one that it begins in. */
  | { readonly kind: 'cycles'; readonly cycles: number }
  /** It holds for the cycles that begin before it. */
  | { readonly kind: 'instant'; readonly ms: number };

export const DISCOUNT_NAME = 'Discount';

const HUNDRED = decimal(100n);

/** All that is wrong with discounts, by path. */
export function discountViolations(discounts: readonly Discount[], path: string): Violation[] {
  return discounts.flatMap(({ percentOff, amountOff }, index) => {
    const at = (field: string) => `${path}[${index}].${field}`;
    if ((percentOff === undefined) === (amountOff === undefined)) {
      const description = 'or amount_off is required, exactly one of them';
      return [{ field: at('percent_off'), description }];
    }
    if (percentOff !== undefined && (percentOff.isZero() || percentOff.gt(HUNDRED)))
      return [{ field: at('percent_off'), description: 'must be more than 0 and at most 100' }];
    return amountOff?.isZero() === true
      ? [{ field: at('amount_off'), description: 'must be more than 0' }]
      : [];
  });
}

/** What is wrong with discounts that begin then, by path; `begins` says when that is. */
export function startedViolations(
  discounts: readonly Discount[],
  startMs: number,
  path: string,
  begins: string,
): Violation[] {
  return discounts.flatMap(({ until }, index) =>
    until?.kind === 'instant' && until.ms <= startMs
      ? [{ field: `${path}[${index}].end_time`, description: `must be after ${begins}` }]
      : [],
  );
}
