import type { Violation } from '@billingrails/errors';
import type { Plain } from '../plain';
import type { RatedStep } from '../steps/registry';
import type { FreePart } from '../transactions/free-part';
import type { PricedUsage } from '../usage';

/** What a price is applied to: nothing but the passing of time, or what a meter profile counted. */
export type PriceBasis = 'time' | 'usage';

/** All that a price model is. */
export interface Model<M extends { readonly kind: string }, P> {
  readonly basis: PriceBasis;
  /** Whether it must be told what the events reported one by one; left out: never. */
  readsTransactions?(price: M): boolean;
  /** What is free of the first of them; left out, or undefined: nothing. */
  freePart?(price: M): FreePart | undefined;
  /** How its own fields are written. */
  readonly plain: Plain<Omit<M, 'kind'>, P>;
  /** Everything that is wrong with the price, by proto path under `path`; empty when it is sound. */
  violations(price: M, path: string): Violation[];
  /** The steps of what the usage costs, at least one; their quantities sum to the usage's. The price is sound. */
  rate(price: M, usage: PricedUsage): RatedStep[];
  /** The most steps that it can come to, whatever was used. */
  stepsMax(price: M): number;
}

/** A model with all its fields checked, its plain form inferred. */
export function model<M extends { readonly kind: string }>() {
  return <P>(definition: Model<M, P>): Model<M, P> => definition;
}
