import type { UsageBook } from './catalogue';
import type { CycleBook } from './cycles';

/** What credits are counted in: so many for each event of a meter that counts them. */
export interface CreditUnitBook {
  readonly name: string;
  readonly usage: UsageBook;
  readonly amount: string;
  /** Whether the next grants pay back what none covered. */
  readonly borrows: boolean;
}

export interface CreditGrantBook {
  readonly step: number;
  readonly name: string;
  readonly account: string;
  readonly unit: string;
  readonly amount: string;
  /** The lowest is burned first. */
  readonly priority: number;
  readonly promotional: boolean;
  readonly fromMs: number;
  /** Unset: it never expires. */
  readonly untilMs?: number;
}

/** Credits that are granted again in each cycle: of an account, or of the subscriptions that have a plan. */
export interface RecurringGrantBook {
  /** -1: there from the beginning. */
  readonly step: number;
  readonly name: string;
  readonly to:
    | {
        readonly account: string;
        readonly startMs: number;
        readonly timeZone: string;
        readonly cycles: Pick<CycleBook, 'unit' | 'count'>;
      }
    | { readonly plan: string };
  readonly unit: string;
  readonly amount: string;
  readonly priority: number;
  readonly promotional: boolean;
  /** In so many cycles after its own what is left may be burned. */
  readonly rolloverCycles: number;
  /** So many are carried into a cycle at most. Left out: all. */
  readonly rolloverMaximum?: string;
}

/** What is left of a grant is taken back. */
export interface CreditVoidBook {
  readonly step: number;
  readonly grant: string;
}

/** What is left is looked at, as of an instant that is past by then. */
export interface CreditCheckBook {
  readonly step: number;
  readonly account: string;
  readonly unit: string;
  readonly atMs: number;
}

/** Credits in money are not burned by usage: promotional ones are taken off bills, others pay invoices. */
export interface MoneyUnitBook {
  readonly name: string;
  readonly currency: string;
}

/** In a step what is left is looked at first; then is granted and taken back. */
export interface CreditsBook {
  readonly units: readonly CreditUnitBook[];
  readonly money: readonly MoneyUnitBook[];
  readonly grants: readonly CreditGrantBook[];
  readonly recurring: readonly RecurringGrantBook[];
  readonly voids: readonly CreditVoidBook[];
  readonly checks: readonly CreditCheckBook[];
}
