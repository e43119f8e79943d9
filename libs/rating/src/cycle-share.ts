import { decimal, type Decimal } from '@billingrails/money';
import type { Share } from '@billingrails/time';

/** A part of a cycle, by its two ends: each is the share of the cycle that lies before it. */
export interface CycleShare {
  readonly from: Share;
  readonly until: Share;
}

/** Digits after the point of an amount that is divided. */
const SHARE_DIGITS = 36;

/**
 * What a part of a cycle comes to, where the whole cycle comes to `amount`: what is owed by the part's end less what is
 * owed by its beginning, each to 36 digits. So parts that follow each other sum exactly to the part that they make
 * together.
 */
export function shareAmount(amount: Decimal, { from, until }: CycleShare): Decimal {
  return owedBy(amount, until).sub(owedBy(amount, from));
}

function owedBy(amount: Decimal, { part, whole }: Share): Decimal {
  if (part === whole) return amount;
  return amount.mul(decimal(part)).divide(decimal(whole), SHARE_DIGITS, 'half');
}
