import { addOnChanged, feeChanged, type AddOnBook, type FeeChangedBook } from './besides';
import { byHand, type ByHandBook } from './by-hand';
import { cancelled, type CancelledBook } from './cancelled';
import { changed, type ChangedBook } from './changed';
import { discounted, undiscounted, type DiscountedBook, type UndiscountedBook } from './discounts';
import type { Become, Fact, Said } from './fact';
import { paused, resumed, type PausedBook, type ResumedBook } from './pauses';
import { subscribed, type SubscribedBook } from './subscribed';
import { converted, type ConvertedBook } from './trials';
import { undone, type UndoneBook } from './undone';

/** All that can be said of a subscription, each with what it becomes: a file a subject. */
const KINDS = {
  subscribed,
  changed,
  cancelled,
  paused,
  resumed,
  converted,
  undone,
  one_off: byHand,
  add_on: addOnChanged,
  fee: feeChanged,
  discounted,
  undiscounted,
} satisfies { readonly [Kind in FactBook['kind']]: Become<Extract<FactBook, { kind: Kind }>> };

/** What was agreed; `step` is that in which it was said. */
export type FactBook =
  | SubscribedBook
  | ChangedBook
  | CancelledBook
  | PausedBook
  | ResumedBook
  | ConvertedBook
  | UndoneBook
  | ByHandBook
  | AddOnBook
  | FeeChangedBook
  | DiscountedBook
  | UndiscountedBook;

/** The facts of before, as what is said leaves them, and its own. */
export function become(before: readonly Fact[], book: FactBook, said: Said): Fact[] {
  const kind = KINDS[book.kind] as Become<FactBook>;
  return kind(before, book, said);
}

export type {
  AddOnBook,
  ByHandBook,
  CancelledBook,
  ChangedBook,
  ConvertedBook,
  DiscountedBook,
  FeeChangedBook,
  PausedBook,
  ResumedBook,
  SubscribedBook,
  UndiscountedBook,
  UndoneBook,
};
export type { BilledMeanwhile, Fact, Terms, When } from './fact';
export type { PhaseBook, TrialBook } from './subscribed';
