import type { Violation } from '@billingrails/errors';
import type { EntitlementId, FeatureId, PlanId, SubscriptionId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import type { MeterProfile } from '../../catalogue/domain/fee';

/** Something an account may be allowed to use. */
export interface Feature {
  readonly id: FeatureId;
  /** Unique in the organisation. */
  readonly code: string;
  readonly name: string;
  /** What is counted against a limit. Unset: the feature is on or off. */
  readonly meterProfile?: MeterProfile;
  /** By the organisation's clock. */
  readonly createMs: number;
}

/** Who may use a feature: every subscription of a plan, or one subscription. */
export type Grantee =
  | { readonly kind: 'plan'; readonly planId: PlanId }
  | { readonly kind: 'subscription'; readonly subscriptionId: SubscriptionId };

/** Grants a feature. */
export interface Entitlement {
  readonly id: EntitlementId;
  readonly featureId: FeatureId;
  readonly grantee: Grantee;
  /** The most that may be used in a cycle. Unset: unlimited, or a feature without a meter. */
  readonly limit?: Decimal;
  /** By the organisation's clock. */
  readonly createMs: number;
}

/** What is wrong with a limit on a feature; empty when nothing is. */
export function limitViolations(feature: Feature, limit: Decimal | undefined): Violation[] {
  return limit !== undefined && feature.meterProfile === undefined
    ? [{ field: 'limit', description: 'must be left out: the feature has no meter' }]
    : [];
}
