import { notFound, type DomainError, type Violation } from '@billingrails/errors';
import type { PlanId } from '@billingrails/ids';
import { isCurrency } from '@billingrails/money';
import type { Commitment, CurrencyCommitment } from './commitment';
import { feeListViolations, type Fee, type FeeDraft } from './fee';
import { tooManyFees } from './fee-limits';
import type { PriceCorrection } from './price-correction';
import { thresholdViolations, type UsageThresholds } from './usage-thresholds';

/** Names a plan in one of its versions. */
export interface PlanRef {
  readonly planId: PlanId;
  /** From 1. */
  readonly planVersion: number;
}

/** Tells versions of plans apart. An id holds no "/". */
export function planKey({ planId, planVersion }: PlanRef): string {
  return `${planId}/${planVersion}`;
}

/** Whether it is subscribed to, or attached to subscriptions beside their plan. */
export type PlanRole = 'plan' | 'add_on';

/** Where a version stands: only drafts are edited, and only a published one is subscribed to. */
export type PlanStatus = 'draft' | 'published' | 'archived';

/** What subscriptions are charged for: a plan, or an add-on, in one version. Once published, its fees never change. */
export interface Plan {
  readonly id: PlanId;
  /** From 1. */
  readonly version: number;
  readonly status: PlanStatus;
  /** The same in all versions. */
  readonly role: PlanRole;
  readonly name: string;
  /** ISO 4217 code of the currency that its prices are in where nothing else is said; the same in all versions. */
  readonly currencyCode: string;
  /** ISO 4217 codes of the other currencies that the version has prices in. Unset: none. */
  readonly otherCurrencyCodes?: readonly string[];
  /** In the order they were added. */
  readonly fees: readonly Fee[];
  /** Corrected prices, of the fees of all its versions, in the order in which that became known. Absent: none. */
  readonly corrections?: readonly PriceCorrection[];
  /** What its subscribers commit to. Absent: nothing. */
  readonly commitment?: Commitment;
  /** What they commit to in other currencies. Absent: nothing. */
  readonly otherCommitments?: readonly CurrencyCommitment[];
  /** What its subscribers' usage may come to before it is billed, in `currencyCode`. Absent: its cycle has to end. */
  readonly usageThresholds?: UsageThresholds;
  /** When the version was created, by the organisation's clock. */
  readonly createMs: number;
}

/**
 * The plan for who lives by a test clock of an account alone: its times are of another clock, so they say nothing. Its
 * fees are as old as is needed, and no bill knows its corrections for sure.
 */
export function outOfTime(plan: Plan): Plan {
  const { fees, corrections } = plan;
  return {
    ...plan,
    fees: fees.map((fee) => ({ ...fee, createMs: 0 })),
    ...(corrections && {
      corrections: corrections.map((each) => ({ ...each, knownMs: Infinity })),
    }),
  };
}

/** There is no plan of the id, or it is another organisation's: nobody can tell which. */
export function missingPlan(): DomainError {
  return notFound('PLAN_NOT_FOUND', 'There is no plan of that id.');
}

/** A plan as it was asked for. */
export interface PlanDraft extends Omit<
  Plan,
  'id' | 'version' | 'fees' | 'corrections' | 'createMs'
> {
  readonly fees: readonly FeeDraft[];
}

/** The version that a plan is. */
export function refOf({ id: planId, version: planVersion }: Plan): PlanRef {
  return { planId, planVersion };
}

/** What is wrong with a plan, or a change of it, for its role; by path behind `path`. */
export function roleViolations(
  {
    role,
    commitment,
    otherCommitments = [],
    usageThresholds,
    currencyCode,
  }: Pick<Plan, 'role' | 'commitment' | 'otherCommitments' | 'usageThresholds' | 'currencyCode'>,
  path: string,
): Violation[] {
  const field = `${path}usage_thresholds`;
  if (role === 'plan')
    return usageThresholds === undefined
      ? []
      : thresholdViolations(usageThresholds, currencyCode, field);
  return [
    ...(commitment === undefined
      ? []
      : [
          {
            field: `${path}commitment`,
            description: 'must be unset: an add-on commits to nothing',
          },
        ]),
    ...(otherCommitments.length === 0
      ? []
      : [
          {
            field: `${path}other_commitments`,
            description: 'must be empty: an add-on commits to nothing',
          },
        ]),
    ...(usageThresholds === undefined
      ? []
      : [{ field, description: 'must be unset: an add-on is billed with its plan' }]),
  ];
}

/** All that is wrong with a plan to be created, by path. */
export function planViolations(draft: Pick<PlanDraft, 'currencyCode' | 'fees'>): Violation[] {
  const violations: Violation[] = [];
  if (!isCurrency(draft.currencyCode)) {
    violations.push({ field: 'currency_code', description: 'is not a currency of ISO 4217' });
  }
  violations.push(...feeListViolations(draft.fees, 'fees'));
  const excess = tooManyFees(draft.fees);
  if (excess !== undefined) violations.push({ field: 'fees', description: excess });
  return violations;
}
