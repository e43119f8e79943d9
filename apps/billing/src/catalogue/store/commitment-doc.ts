import { decimal, decimalText } from '@billingrails/money';
import type { Commitment } from '../domain/commitment';

/** A commitment inside a plan's or a subscription's document. */
export interface CommitmentDoc {
  name: string;
  amount: string;
  cycles: number;
  overageFactor: string;
}

export function commitmentToDoc({ amount, overageFactor, ...rest }: Commitment): CommitmentDoc {
  return { ...rest, amount: decimalText(amount), overageFactor: decimalText(overageFactor) };
}

export function commitmentFromDoc({ amount, overageFactor, ...rest }: CommitmentDoc): Commitment {
  return { ...rest, amount: decimal(amount), overageFactor: decimal(overageFactor) };
}
