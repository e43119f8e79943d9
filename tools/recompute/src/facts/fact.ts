import type { Cycles } from '../calendar/cycles';
import type { CommitmentBook, DiscountBook, FeeBook } from '../history/catalogue';
import type { CycleBook, Proration } from '../history/cycles';
import type { TermBook } from './minimum-terms';

export type BilledMeanwhile = 'nothing' | 'recurring' | 'usage';

export type When =
  { readonly kind: 'now' | 'period_end' } | { readonly kind: 'at'; readonly ms: number };

/** What holds at an instant. */
export interface Terms {
  readonly plan: string;
  readonly quantity: string;
  /** The quantities of its add-ons. Unset: none. */
  readonly addOns?: Readonly<Record<string, string>>;
  /** What was agreed last of single fees. Unset: nothing. */
  readonly fees?: Readonly<Record<string, AgreedFee>>;
  /** What is charged while it is paused. */
  readonly paused?: BilledMeanwhile;
  /** What is charged while it is on trial. */
  readonly trial?: BilledMeanwhile;
}

/** How a fee is charged for a subscription alone: at a price, not at all, or as listed. */
export interface AgreedFee {
  readonly fromMs: number;
  readonly step: number;
  readonly price?: Pick<FeeBook, 'model' | 'terms' | 'groupPrices'>;
  readonly removed: boolean;
}

/** Something that was agreed, with the instant from which it holds: what it does to bills, whatever it is. */
export interface Fact {
  /** What it is known by to facts that take it back. */
  readonly kind: string;
  readonly fromMs: number;
  /** How the cycle is charged that it cuts. Unset: it cuts none. */
  readonly proration?: Proration;
  /** What holds from then on, of what held before. Unset: the same. */
  readonly terms?: (before: Terms) => Terms | undefined;
  /** What a subscription begins with. */
  readonly begins?: Terms;
  /** Why what recurs is different from then on. */
  readonly reason?: string;
  /** Whether a bill is made when it takes effect. */
  readonly billed: boolean;
  /** Whether nothing is owed any more. */
  readonly ends?: boolean;
  /** That it does so before the end of the term, as was said in a step. */
  readonly early?: { readonly step: number; readonly termEndMs: number };
  /** For how long it is agreed at least. */
  readonly term?: TermBook;
  /** What is committed to in place of what plans say. */
  readonly commitment?: CommitmentBook;
  /** What is let off from then on. */
  readonly discounts?: readonly DiscountBook[];
  /** The name of what is let off no longer. */
  readonly undiscounted?: string;
  /** A plan or an add-on that may be charged from then on. */
  readonly plan?: string;
  /** The only add-on, or the only fee, that it concerns. Unset: all but those of add-ons, where it is of the plan. */
  readonly addOn?: string;
  readonly fee?: string;
  /** What is charged or credited by hand. */
  readonly byHand?: {
    readonly step: number;
    readonly description: string;
    readonly amount: string;
  };
}

/** When and of what something is said. */
export interface Said {
  readonly ms: number;
  readonly startMs: number;
  readonly timeZone: string;
  readonly cycles: Cycles;
  readonly cycleBook: CycleBook;
}

/** How what is said becomes facts: those of before, as it leaves them, and its own. */
export type Become<Book> = (before: readonly Fact[], book: Book, said: Said) => Fact[];

/** The instant at which something that is said takes effect. */
export function fromMsOf(when: When, { ms, startMs, cycles }: Said): number {
  const presentMs = Math.max(ms, startMs);
  if (when.kind === 'now') return presentMs;
  if (when.kind === 'at') return Math.max(when.ms, startMs);
  return cycles.cycle(cycles.at(presentMs)).endMs;
}

/** What is left of a fact that does not come to be: that somebody said so. */
export function takenBack(fromMs: number): Fact {
  return { kind: 'taken_back', fromMs, billed: true };
}
