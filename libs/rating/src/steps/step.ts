import type { Decimal } from '@billingrails/money';
import type { Plain } from '../plain';

/** What every step of a line's arithmetic has. */
export interface StepFigures {
  /** The part of the quantity that the step prices. */
  readonly quantity: Decimal;
  /** What the step comes to, exact and not rounded. */
  readonly amount: Decimal;
}

/** The fields of a step beside those of every step. */
export type OwnFields<S> = Omit<S, 'kind' | keyof StepFigures>;

/** All that a kind of step is. */
export interface StepKind<S extends StepFigures, P> {
  /** How its own fields are written. */
  readonly plain: Plain<OwnFields<S>, P>;
  /** The amount by the step's other figures: makes a step, and checks one. */
  amountOf(step: Omit<S, 'amount'>): Decimal;
  /** Of a layer's step: what the steps before must have left, and what its own figures say about its quantity. */
  follows?(step: S): Followed;
}

/** What a step rests on; unset where it rests on nothing. */
export interface Followed {
  /** The sum of the amounts before it. */
  readonly amountBefore?: Decimal;
  /** What of the charge's quantity the steps before it left. */
  readonly quantityLeft?: Decimal;
  /** The part of the quantity that it must take away. */
  readonly quantity?: Decimal;
}

/** A kind with all its fields checked, its plain form inferred. */
export function stepKind<S extends StepFigures>() {
  return <P>(kind: StepKind<S, P>): StepKind<S, P> => kind;
}
