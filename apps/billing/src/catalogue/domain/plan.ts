import { notFound, type DomainError, type Violation } from '@billingrails/errors';
import type { PlanId } from '@billingrails/ids';
import { isCurrency } from '@billingrails/money';
import { feeListViolations, type Fee, type FeeDraft } from './fee';
import { tooManyFees } from './fee-limits';
import type { PriceCorrection } from './price-correction';

/** What subscriptions are charged for. */
export interface Plan {
  readonly id: PlanId;
  readonly name: string;
  /** ISO 4217 code of all its prices. */
  readonly currencyCode: string;
  /** In the order they were added. */
  readonly fees: readonly Fee[];
  /** Prices of its fees that were corrected, in the order in which that became known. Absent: none. */
  readonly corrections?: readonly PriceCorrection[];
  /** By the organisation's clock. */
  readonly createMs: number;
}

/** There is no plan of the id, or it is another organisation's: nobody can tell which. */
export function missingPlan(): DomainError {
  return notFound('PLAN_NOT_FOUND', 'There is no plan of that id.');
}

/** A plan as it was asked for. */
export interface PlanDraft {
  readonly name: string;
  readonly currencyCode: string;
  readonly fees: readonly FeeDraft[];
}

/** All that is wrong with a plan to be created, by path. */
export function planViolations(draft: PlanDraft): Violation[] {
  const violations: Violation[] = [];
  if (!isCurrency(draft.currencyCode)) {
    violations.push({ field: 'currency_code', description: 'is not a currency of ISO 4217' });
  }
  violations.push(...feeListViolations(draft.fees, 'fees'));
  const excess = tooManyFees(draft.fees);
  if (excess !== undefined) violations.push({ field: 'fees', description: excess });
  return violations;
}
