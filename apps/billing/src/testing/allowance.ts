import { decimal } from '@billingrails/money';
import type { UsedAllowance } from '../entitlements/domain/access-decision';
import type { Entitlement } from '../entitlements/domain/feature';

/** An entitlement of a plan without a limit, but for what is given. */
export function entitlement(given: Partial<Entitlement> = {}): Entitlement {
  return {
    id: 'ent_1',
    featureId: 'feat_1',
    grantee: { kind: 'plan', planId: 'plan_1' },
    isSoft: false,
    reset: { kind: 'billing_cycle' },
    startMs: 0,
    createMs: 0,
    ...given,
  };
}

/** An allowance of the first second without a limit, but for what is given. */
export function allowance(given: Partial<UsedAllowance> = {}): UsedAllowance {
  return {
    entitlements: [entitlement()],
    parts: [],
    period: { startMs: 0, endMs: 1000 },
    usedPeriod: { startMs: 0, endMs: 500 },
    timeZone: 'UTC',
    grace: decimal(0n),
    isSoft: false,
    ...given,
  };
}
