import { decimal, type Decimal } from '@billingrails/money';
import type { Period } from '@billingrails/time';
import type { Entitlement } from './feature';

/** An entitlement that applies now, with what was used of it in the current cycle. */
export interface Grant {
  readonly entitlement: Entitlement;
  readonly period: Period;
  /** Unset for a feature without a meter. */
  readonly used?: Decimal;
}

/** Whether an account may use a feature. All but `allowed` are unset without an entitlement. */
export interface AccessDecision {
  readonly allowed: boolean;
  readonly used?: Decimal;
  readonly limit?: Decimal;
  readonly remaining?: Decimal;
  readonly resetMs?: number;
  readonly entitlementId?: Entitlement['id'];
}

const ZERO = decimal(0n);

/**
 * Decides by the grant with the most left: an unlimited one before any limit; of equals the first given.
 * With a `quantity` it is allowed when used + quantity ≤ limit, without one when used < limit.
 */
export function decideAccess(
  grants: readonly Grant[],
  quantity: Decimal | undefined,
): AccessDecision {
  const [first, ...others] = grants;
  if (first === undefined) return { allowed: false };
  const best = others.reduce((most, grant) => (hasMoreLeft(grant, most) ? grant : most), first);
  const { entitlement, period, used } = best;
  const common = { resetMs: period.endMs, entitlementId: entitlement.id };
  if (used === undefined) return { allowed: true, ...common };
  const { limit } = entitlement;
  if (limit === undefined) return { allowed: true, used, ...common };
  return {
    allowed: quantity === undefined ? used.lt(limit) : used.add(quantity).lte(limit),
    used,
    limit,
    remaining: left(best) ?? ZERO,
    ...common,
  };
}

/** What is left of a grant's limit, at least 0. Undefined: unlimited. */
function left({ entitlement: { limit }, used = ZERO }: Grant): Decimal | undefined {
  if (limit === undefined) return undefined;
  const rest = limit.sub(used);
  return rest.lt(ZERO) ? ZERO : rest;
}

function hasMoreLeft(a: Grant, b: Grant): boolean {
  const [leftOfA, leftOfB] = [left(a), left(b)];
  if (leftOfB === undefined) return false;
  return leftOfA === undefined || leftOfA.gt(leftOfB);
}
