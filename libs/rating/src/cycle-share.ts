import { decimal, type Decimal } from '@billingrails/money';

/** How much of a cycle lies before an instant: `part` of `whole` equal units, such as days. */
export interface CyclePlace {
  readonly part: bigint;
  readonly whole: bigint;
}

/** A part of a cycle, by its two ends. */
export interface CycleShare {
  readonly from: CyclePlace;
  readonly until: CyclePlace;
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

function owedBy(amount: Decimal, { part, whole }: CyclePlace): Decimal {
  if (part === whole) return amount;
  return amount.mul(decimal(part)).divide(decimal(whole), SHARE_DIGITS, 'half');
}
