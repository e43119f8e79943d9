import type { CommitmentBook, DiscountBook } from '../history/catalogue';
import type { Proration } from '../history/cycles';
import { end } from './cancelled';
import { changes } from './changed';
import type { Become, BilledMeanwhile, Fact, Said } from './fact';
import { firstEndMs, type TermBook } from './minimum-terms';
import { trialEnd } from './trials';

export interface SubscribedBook {
  readonly kind: 'subscribed';
  readonly step: number;
  readonly plan: string;
  /** Unset: the plan's own. */
  readonly currency?: string;
  readonly quantity: string;
  readonly startMs: number;
  /** The trial that it begins with: no more is charged than `billed` says. */
  readonly trial?: TrialBook;
  /** Unset: it goes on. */
  readonly end?: { readonly ms: number; readonly proration: Proration };
  /** Changes that are known from the start, in the order in which they begin. */
  readonly phases?: readonly PhaseBook[];
  /** For how long it is agreed at least; then nothing says when it ends. Unset: it can end at any time. */
  readonly term?: TermBook;
  /** In place of what the plans commit to. */
  readonly commitment?: CommitmentBook;
  /** One after the other. */
  readonly discounts?: readonly DiscountBook[];
}

export interface TrialBook {
  readonly endMs: number;
  readonly billed: BilledMeanwhile;
  /** Whether the subscription goes on when it ends. */
  readonly converts: boolean;
}

export interface PhaseBook {
  /** At an instant, or with the cycle behind so many. */
  readonly begins: { readonly ms: number } | { readonly afterCycles: number };
  readonly plan?: string;
  readonly quantity?: string;
  readonly proration: Proration;
}

export const subscribed: Become<SubscribedBook> = (before, book, said) => {
  const { plan, quantity, startMs: fromMs, trial, commitment, discounts, term } = book;
  const endsWithTerm = term !== undefined && term.renewal === undefined;
  const begins = { plan, quantity, ...(trial === undefined ? {} : { trial: trial.billed }) };
  const start = { kind: 'subscribed', fromMs, proration: 'second', begins, plan } as const;
  const { firstProration } = said.cycleBook;
  return [
    ...before,
    {
      ...{ ...start, billed: false },
      ...(commitment && { commitment }),
      ...(discounts && { discounts }),
      ...(term && { term }),
    },
    ...(trial === undefined ? [] : [trialEnd(trial.endMs, trial.converts, firstProration)]),
    ...(endsWithTerm ? [end(firstEndMs(term, said), term.endProration)] : []),
    ...(book.end === undefined ? [] : [end(book.end.ms, book.end.proration)]),
    ...(book.phases ?? []).flatMap((phase) => phaseOf(phase, said)),
  ];
};

function phaseOf({ begins, ...of }: PhaseBook, { cycles }: Said): Fact[] {
  return changes('ms' in begins ? begins.ms : cycles.cycle(begins.afterCycles).startMs, of);
}
