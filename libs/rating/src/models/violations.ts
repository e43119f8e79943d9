import type { Violation } from '@billingrails/errors';
import { fitsQuantity, type Decimal } from '@billingrails/money';

/** What is wrong with a field, if anything. */
export function violation(field: string, description: string | undefined): Violation[] {
  return description === undefined ? [] : [{ field, description }];
}

export const TOO_LONG = 'must have at most 20 digits before the point and 18 after';

/** A figure of a price that may be zero. */
export function amountViolations(amount: Decimal, field: string): Violation[] {
  if (amount.isNegative()) return violation(field, 'must not be negative');
  return violation(field, fitsQuantity(amount) ? undefined : TOO_LONG);
}

/** A figure of a price that must not be zero. */
export function sizeViolations(size: Decimal, field: string): Violation[] {
  if (size.isZero() || size.isNegative()) return violation(field, 'must be more than 0');
  return violation(field, fitsQuantity(size) ? undefined : TOO_LONG);
}
