import type { Violation } from '@billingrails/errors';
import { type Decimal, fitsQuantity } from '@billingrails/money';
import type { GraduatedPrice, Price } from './price';

/** Everything that is wrong with a price, by proto field path under `fieldPath` ("fees[0].graduated"); empty when it is sound. */
export function validatePrice(price: Price, fieldPath: string): Violation[] {
  switch (price.kind) {
    case 'flat':
      return amountViolations(price.amount, `${fieldPath}.amount`);
    case 'per_unit':
      return amountViolations(price.unitAmount, `${fieldPath}.unit_amount`);
    case 'graduated':
      return graduatedViolations(price, `${fieldPath}.tiers`);
  }
}

function graduatedViolations({ tiers }: GraduatedPrice, field: string): Violation[] {
  if (tiers.length === 0) return [{ field, description: 'must hold at least one tier' }];
  let from: Decimal | undefined;
  return tiers.flatMap((tier, index) => {
    const path = `${field}[${index}]`;
    const isLast = index === tiers.length - 1;
    const violations = [
      ...boundaryViolations(tier.upTo, from, isLast, `${path}.up_to`),
      ...amountViolations(tier.unitAmount, `${path}.unit_amount`),
      ...amountViolations(tier.flatAmount, `${path}.flat_amount`),
    ];
    from = tier.upTo ?? from;
    return violations;
  });
}

function boundaryViolations(
  upTo: Decimal | undefined,
  from: Decimal | undefined,
  isLast: boolean,
  field: string,
): Violation[] {
  if (upTo === undefined)
    return isLast ? [] : [{ field, description: 'must be set: only the last tier is unlimited' }];
  if (isLast) return [{ field, description: 'must be empty: the last tier is unlimited' }];
  if (!fitsQuantity(upTo)) return [{ field, description: tooLong }];
  if (from !== undefined && upTo.lte(from))
    return [
      { field, description: `must be more than ${from.toString()}, where the tier before ends` },
    ];
  if (upTo.isZero() || upTo.isNegative()) return [{ field, description: 'must be more than 0' }];
  return [];
}

const tooLong = 'must have at most 20 digits before the point and 18 after';

function amountViolations(amount: Decimal, field: string): Violation[] {
  if (amount.isNegative()) return [{ field, description: 'must not be negative' }];
  return fitsQuantity(amount) ? [] : [{ field, description: tooLong }];
}
