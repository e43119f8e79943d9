import type { Proration } from '../history/cycles';
import { fromMsOf, type Become, type Fact, type Terms, type When } from './fact';

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
  ...changes(fromMsOf(book.when, said), book),
];

/** Another plan and another quantity are a fact each. */
export function changes(
  fromMs: number,
  { plan, quantity, proration }: Pick<ChangedBook, 'plan' | 'quantity' | 'proration'>,
): Fact[] {
  const of = { kind: 'changed', fromMs, proration, billed: true } as const;
  return [
    ...(plan === undefined
      ? []
      : [{ ...of, reason: 'PLAN_CHANGED', plan, terms: (held: Terms) => ({ ...held, plan }) }]),
    ...(quantity === undefined
      ? []
      : [{ ...of, reason: 'QUANTITY_CHANGED', terms: (held: Terms) => ({ ...held, quantity }) }]),
  ];
}
