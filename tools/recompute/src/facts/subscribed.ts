import type { BilledMeanwhile, Become } from './fact';
import { trialEnd } from './trials';

export interface SubscribedBook {
  readonly kind: 'subscribed';
  readonly step: number;
  readonly plan: string;
  readonly quantity: string;
  readonly startMs: number;
  /** The trial that it begins with: no more is charged than `billed` says. */
  readonly trial?: TrialBook;
}

export interface TrialBook {
  readonly endMs: number;
  readonly billed: BilledMeanwhile;
  /** Whether the subscription goes on when it ends. */
  readonly converts: boolean;
}

export const subscribed: Become<SubscribedBook> = (before, book, { cycleBook }) => {
  const { plan, quantity, startMs: fromMs, trial } = book;
  const begins = { plan, quantity, ...(trial === undefined ? {} : { trial: trial.billed }) };
  const start = { kind: 'subscribed', fromMs, proration: 'second', begins, plan } as const;
  const all = [...before, { ...start, billed: false }];
  if (trial === undefined) return all;
  return [...all, trialEnd(trial.endMs, trial.converts, cycleBook.firstProration)];
};
