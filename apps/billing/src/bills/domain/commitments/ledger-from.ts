import type { Price } from '@billingrails/rating';
import { onceFor } from '../../../domain/once-for';
import type { Agreement } from '../agreement';
import { dueSpans } from './commitments';
import type { BillScope } from '../obligations';

/**
 * The first cycle whose ledger must be known, where a bill looks at cycles from one on: what counted before in spans of
 * commitments that end in them, and what the cycle before left of included units.
 */
export function ledgerFrom(agreement: Agreement, scope: BillScope): number {
  const { firstCycle } = scope;
  const before = rollsOver(agreement) ? Math.max(firstCycle - 1, 0) : firstCycle;
  return Math.min(before, ...dueSpans(agreement, scope).map(({ first }) => first));
}

/** The first cycle that must be computed, where nothing was billed: units may have been carried from the beginning. */
export function afreshFrom(agreement: Agreement, scope: BillScope): number {
  return rollsOver(agreement) ? 0 : ledgerFrom(agreement, scope);
}

/** The first cycle that must be computed, where the cycles from one on are open: units may be carried on from it. */
export function unpostedFrom(agreement: Agreement, scope: BillScope, openCycle: number): number {
  const { firstCycle } = scope;
  return rollsOver(agreement) ? Math.min(firstCycle, openCycle) : firstCycle;
}

const rollsOver = onceFor(({ plans, facts }: Agreement): boolean => {
  const rolls = ({ price }: { readonly price?: Price }) =>
    price?.terms?.rolloverCycles !== undefined;
  return (
    [...plans.values()].some(({ fees, corrections = [] }) =>
      [...fees, ...corrections].some(rolls),
    ) ||
    facts.some((fact) =>
      fact.kind === 'fee_added' ? rolls(fact.fee) : 'price' in fact && rolls(fact),
    )
  );
});
