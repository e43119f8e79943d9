import { dateOf, msOf } from '@billingrails/mongo';
import { decimal, decimalText } from '@billingrails/money';
import type { MinimumTerm, TermLength } from '../domain/minimum-term/minimum-term';

/** A minimum term in a document. */
export interface MinimumTermDoc {
  first: TermLength | { unit: 'until'; time: Date };
  renewal?: TermLength;
  noticeDays: number;
  early:
    { kind: 'not_before_end' | 'free' | 'remaining_fees' } | { kind: 'amount'; amount: string };
}

export function minimumTermToDoc({ first, early, ...rest }: MinimumTerm): MinimumTermDoc {
  return {
    ...rest,
    first: first.unit === 'until' ? { unit: first.unit, time: dateOf(first.ms) } : first,
    early: early.kind === 'amount' ? { ...early, amount: decimalText(early.amount) } : early,
  };
}

export function minimumTermFromDoc({ first, early, ...rest }: MinimumTermDoc): MinimumTerm {
  return {
    ...rest,
    first: first.unit === 'until' ? { unit: first.unit, ms: msOf(first.time) } : first,
    early: early.kind === 'amount' ? { ...early, amount: decimal(early.amount) } : early,
  };
}
