import type { Violation } from '@billingrails/errors';
import type { PlanId } from '@billingrails/ids';
import { isCurrency } from '@billingrails/money';
import { feeListViolations, type Fee, type FeeDraft } from './fee';
import { tooManyFees } from './fee-limits';

/** What subscriptions are charged for. */
export interface Plan {
  readonly id: PlanId;
  readonly name: string;
  /** ISO 4217 code of all its prices. */
  readonly currencyCode: string;
  /** In the order they were added. */
  readonly fees: readonly Fee[];
  /** By the organisation's clock. */
  readonly createMs: number;
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
