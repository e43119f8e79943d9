import type { Violation } from '@billingrails/errors';
import { decimal, type Decimal } from '@billingrails/money';
import type { Period } from '@billingrails/time';

/** What is let off of all fees of a subscription, from its start on. */
export interface Discount {
  /** 10 lets off 10 % of what a fee comes to with its own terms, and what discounts before it leave. */
  readonly percentOff: Decimal;
  /** Until when. Unset: for its whole life. */
  readonly until?: DiscountEnd;
}

export type DiscountEnd =
  | { readonly kind: 'cycles'; readonly cycles: number }
  /** It holds for the cycles that begin before it. */
  | { readonly kind: 'instant'; readonly ms: number };

const HUNDRED = decimal(100n);

/** All that is wrong with discounts, by path. */
export function discountViolations(discounts: readonly Discount[]): Violation[] {
  return discounts.flatMap(({ percentOff }, index) =>
    percentOff.isZero() || percentOff.gt(HUNDRED)
      ? [
          {
            field: `discounts[${index}].percent_off`,
            description: 'must be more than 0 and at most 100',
          },
        ]
      : [],
  );
}

/** What is wrong with discounts of a subscription that starts then, by path. */
export function startedViolations(discounts: readonly Discount[], startMs: number): Violation[] {
  return discounts.flatMap(({ until }, index) =>
    until?.kind === 'instant' && until.ms <= startMs
      ? [{ field: `discounts[${index}].end_time`, description: 'must be after start_time' }]
      : [],
  );
}

/** A cycle of a subscription. */
interface Cycle {
  readonly number: number;
  readonly period: Period;
}

/** What is let off in a cycle, one after the other. */
export function percentsOff(discounts: readonly Discount[], cycle: Cycle): Decimal[] {
  return discounts
    .filter(({ until }) => until === undefined || holdsIn(until, cycle))
    .map(({ percentOff }) => percentOff);
}

function holdsIn(until: DiscountEnd, { number, period }: Cycle): boolean {
  return until.kind === 'cycles' ? number < until.cycles : period.startMs < until.ms;
}
