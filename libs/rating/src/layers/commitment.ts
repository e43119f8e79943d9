import { decimal, type Decimal } from '@billingrails/money';
import type { RatedCharge } from '../rate';
import { makeStep } from '../steps/registry';

/** What counted in the span of a commitment, against what was committed to. */
export interface CountedSpan {
  readonly counted: Decimal;
  readonly committed: Decimal;
  /** What counts beyond it costs as many times what it cost. */
  readonly overageFactor: Decimal;
}

/** What is missing at the end of the span, or the overage; a layer over charges, where terms are layers over one. */
export function rateCommitment(span: CountedSpan): RatedCharge {
  const quantity = decimal(1n);
  const step = makeStep({ kind: 'commitment', quantity, ...span });
  return { quantity, amount: step.amount, steps: [step] };
}
