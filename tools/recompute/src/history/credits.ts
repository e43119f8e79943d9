import type { UsageBook } from './catalogue';

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

/** In a step what is left is looked at first; then is granted and taken back. */
export interface CreditsBook {
  readonly units: readonly CreditUnitBook[];
  readonly grants: readonly CreditGrantBook[];
  readonly voids: readonly CreditVoidBook[];
  readonly checks: readonly CreditCheckBook[];
}
