import type { Violation } from '@billingrails/errors';
import { idProblem, parseId, type FeeId, type PlanId, type ProductId } from '@billingrails/ids';

/** Which lines of invoices a coupon lets off something of: those that any of its lists names. One names something. */
export interface CouponScope {
  readonly productIds: readonly string[];
  readonly planIds: readonly string[];
  readonly feeIds: readonly string[];
}

/** What an invoice's line says that a scope may name; each is unset where it has none. */
export interface ScopedLine {
  readonly feeId?: FeeId;
  readonly planId?: PlanId;
  readonly product?: { readonly id: ProductId };
}

/** Of all lists together: each line is looked up in them. */
const IDS_MAX = 100;

/** Whether a coupon applies to a line: without a scope to every one. */
export function appliesToLine(
  scope: CouponScope | undefined,
  { feeId, planId, product }: ScopedLine,
): boolean {
  if (scope === undefined) return true;
  const names = (ids: readonly string[], id: string | undefined) =>
    id !== undefined && ids.includes(id);
  return (
    names(scope.productIds, product?.id) ||
    names(scope.planIds, planId) ||
    names(scope.feeIds, feeId)
  );
}

/** What is wrong with a scope, by path. */
export function scopeViolations(scope: CouponScope): Violation[] {
  const field = 'coupon.applies_to';
  const { productIds, planIds, feeIds } = scope;
  const count = productIds.length + planIds.length + feeIds.length;
  return [
    ...(count > IDS_MAX
      ? [{ field, description: `must name at most ${IDS_MAX}, but names ${count}` }]
      : []),
    ...idViolations(`${field}.product_ids`, 'prod', productIds),
    ...idViolations(`${field}.plan_ids`, 'plan', planIds),
    ...idViolations(`${field}.fee_ids`, 'fee', feeIds),
  ];
}

function idViolations(
  path: string,
  prefix: 'prod' | 'plan' | 'fee',
  ids: readonly string[],
): Violation[] {
  return ids.flatMap((id, index): Violation[] => {
    const field = `${path}[${index}]`;
    if (parseId(prefix, id) === undefined)
      return [{ field, description: idProblem(prefix, id) ?? 'is no id' }];
    return ids.indexOf(id) < index ? [{ field, description: 'must stand only once' }] : [];
  });
}
