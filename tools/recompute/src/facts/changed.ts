import type { Proration } from '../history/cycles';
import { fromMsOf, type Become, type Fact, type When } from './fact';

export interface ChangedBook {
  readonly kind: 'changed';
  readonly step: number;
  readonly plan?: string;
  readonly quantity?: string;
  readonly when: When;
  readonly proration: Proration;
  /** Whether it is said as a migration to another version of the plan: the same, told otherwise. */
  readonly migrates?: boolean;
}

export const changed: Become<ChangedBook> = (before, book, said) => [
  ...before,
  change(fromMsOf(book.when, said), book),
];

export function change(
  fromMs: number,
  { plan, quantity, proration }: Pick<ChangedBook, 'plan' | 'quantity' | 'proration'>,
): Fact {
  return {
    ...{ kind: 'changed', fromMs, proration, billed: true },
    reason: quantity === undefined ? 'PLAN_CHANGED' : 'QUANTITY_CHANGED',
    ...(plan === undefined ? {} : { plan }),
    terms: (terms) => ({
      ...terms,
      plan: plan ?? terms.plan,
      quantity: quantity ?? terms.quantity,
    }),
  };
}
