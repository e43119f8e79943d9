import type {
  AccountId,
  CreditUnitId,
  EntitlementId,
  FeatureId,
  PlanId,
  SubscriptionId,
} from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import type { CycleRule } from '@billingrails/time';
import type { MeterProfile } from '../../catalogue/domain/fee';

/** What a feature grants: on or off, a value, or so much of what a meter profile counts. */
export type FeatureKind = 'boolean' | 'static' | 'metered';

/** Something an account may be allowed to use. */
export interface Feature {
  readonly id: FeatureId;
  /** Unique in the organisation. */
  readonly code: string;
  readonly name: string;
  readonly kind: FeatureKind;
  /** What is counted against a limit. Set exactly for a metered feature. */
  readonly meterProfile?: MeterProfile;
  /** By the organisation's clock. */
  readonly createMs: number;
}

/** Who may use a feature: every subscription of a plan, one subscription, or an account. */
export type Grantee =
  | { readonly kind: 'plan'; readonly planId: PlanId }
  | { readonly kind: 'subscription'; readonly subscriptionId: SubscriptionId }
  | { readonly kind: 'account'; readonly accountId: AccountId };

/** When what was used starts again from nothing. */
export type UsageReset =
  | { readonly kind: 'billing_cycle' }
  /** With a period of its own, in the zone's calendar; unset: the subscription's zone, for an account UTC. */
  | { readonly kind: 'interval'; readonly rule: CycleRule; readonly timeZone?: string }
  | { readonly kind: 'never' };

/** How what was left may be used later, before the limit of the later period. */
export interface Rollover {
  /** In how many periods after its own: 1 to `ROLLOVER_PERIODS_MAX`. */
  readonly periods: number;
  /** The most that is carried into a period. Unset: all. */
  readonly maximum?: Decimal;
}

/** Grants a feature. */
export interface Entitlement {
  readonly id: EntitlementId;
  readonly featureId: FeatureId;
  readonly grantee: Grantee;
  /** The most that may be used between two resets. Unset: unlimited, or a feature that is not metered. */
  readonly limit?: Decimal;
  /** Whether above the limit all is allowed. */
  readonly isSoft: boolean;
  /** How much may be used above a hard limit. Unset: nothing. */
  readonly grace?: Decimal;
  readonly reset: UsageReset;
  /** What becomes of what a period leaves of the limit. Unset: it is lost. */
  readonly rollover?: Rollover;
  /** It is allowed as far as the account has credits of this unit. Unset: it needs none. */
  readonly creditUnitId?: CreditUnitId;
  /** Of a static feature. */
  readonly value?: string;
  /** From when on it is granted, and from when on no more. Unset: it goes on. */
  readonly startMs: number;
  readonly endMs?: number;
  /** By the organisation's clock. */
  readonly createMs: number;
}

/** Whether it is granted at the instant. */
export function isInForce({ startMs, endMs = Infinity }: Entitlement, nowMs: number): boolean {
  return startMs <= nowMs && nowMs < endMs;
}

/**
 * The entitlement for who lives by a test clock of an account alone: what a plan grants from when that was said on was
 * said by another clock, and holds at any time.
 */
export function outOfTime(entitlement: Entitlement): Entitlement {
  const { grantee, startMs, createMs } = entitlement;
  return grantee.kind === 'plan' && startMs === createMs
    ? { ...entitlement, startMs: 0 }
    : entitlement;
}
