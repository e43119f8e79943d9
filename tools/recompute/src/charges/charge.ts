import type { Cycle } from '../calendar/cycles';
import type { Agreement } from '../facts/agreement';
import type { History } from '../history';
import { shared } from '../prices/share';
import { fractionOf, negated, type Rational } from '../rational';
import type { Left } from './rollover';
import type { RawEvents } from './usage';

/** A part of what a charge comes to. */
export interface Part {
  readonly startMs: number;
  readonly endMs: number;
  readonly quantity: Rational;
  /** Of usage. */
  readonly events?: number;
  readonly credited: boolean;
  /** How much of the cycle's price lies before its ends. */
  readonly start: Rational;
  readonly end: Rational;
  /** What a whole cycle of it costs; of usage, what it costs. */
  readonly whole: Rational;
  /** Of usage, what it costs before discounts. */
  readonly undiscounted?: Rational;
  /** Whether what was billed before is taken off, and not credited: of a commitment, as of usage. */
  readonly anew?: boolean;
  /** `whole` without percentages that are let off of the subscription. Unset: there are none. */
  readonly listed?: Rational;
  /** What it leaves of included units; unset where they do not roll over. */
  readonly left?: Left;
}

/** What is owed for a fee in a cycle, or by hand. */
export interface Charge {
  /** The same whenever it is computed. */
  readonly id: string;
  /** Its fee in its cycle: what charges of several groups have in common. */
  readonly feeCycle: string;
  readonly kind: 'USAGE' | 'RECURRING' | 'ONE_OFF' | 'COMMITMENT' | 'DISCOUNT';
  /** When it falls due. Unset for what is of no fee. */
  readonly dueMs?: number;
  readonly cycle: number;
  /** The add-on that has its fee. Unset: the plan has. */
  readonly addOn?: string;
  readonly description: string;
  /** Of a discount what it is taken off. */
  readonly covers?: Pick<Charge, 'id' | 'description'>;
  readonly parts: readonly Part[];
}

/** The share of what is charged whole. */
export const WHOLE = { start: fractionOf(0n, 1n), end: fractionOf(1n, 1n) };

export function partAmount({ whole, start, end, credited }: Part): Rational {
  const amount = shared(whole, { start, end });
  return credited ? negated(amount) : amount;
}

/** A cycle of a subscription, and what is known when it is billed. */
export interface Asked {
  readonly agreement: Agreement;
  readonly account: string;
  readonly cycle: Cycle;
  readonly history: History;
  readonly events: RawEvents;
  /** What is due by then is owed. */
  readonly untilMs: number;
  /** Events of this step and later ones are not known. */
  readonly beforeStep: number;
  /** Whether the cycle that has not ended is looked at as if it ended then, to be shown. */
  readonly running: boolean;
  /** A charge as it is computed, or else as it was billed last. */
  readonly chargeBefore: (id: string) => Charge | undefined;
}

export interface Due {
  readonly charges: Charge[];
  /** Fees in cycles whose charges will be due later. */
  readonly waiting: ReadonlySet<string>;
}
