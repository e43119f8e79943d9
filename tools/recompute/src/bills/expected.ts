import type { Charge } from '../charges';

/** A line as it must be. */
export interface ExpectedLine {
  readonly kind: Charge['kind'] | 'ADJUSTMENT' | 'PROMOTIONAL_CREDIT';
  readonly reason: string;
  readonly description: string;
  /** The description of the charge that a discount or a promotional credit is taken off; empty for all others. */
  readonly covers: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly quantity: string;
  readonly events: number;
  readonly credited: boolean;
  readonly billedAmount: string;
  readonly exactAmount: string;
  readonly amount: string;
  /** The number of the bill that it corrects; -1: none. */
  readonly corrects: number;
}

/** A bill as it must be: the subscription's bills are in order. */
export interface ExpectedBill {
  readonly subscription: string;
  readonly account: string;
  readonly number: number;
  /** When it was to be made. */
  readonly momentMs: number;
  /** Its date. */
  readonly dueMs: number;
  /** Whether it fell due by what was asked for when it was made, not as time went by. */
  readonly isAsked: boolean;
  readonly currency: string;
  readonly lines: readonly ExpectedLine[];
}

/** The lines of a bill as they must be shown in a step, if the running cycle ended then. */
export interface ExpectedPreview {
  readonly subscription: string;
  readonly step: number;
  readonly lines: readonly ExpectedLine[];
}
