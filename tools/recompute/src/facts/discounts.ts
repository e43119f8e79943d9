import type { DiscountBook } from '../history/catalogue';
import { fromMsOf, type Become, type When } from './fact';

/** Something is let off from the cycle on that it begins in. */
export interface DiscountedBook {
  readonly kind: 'discounted';
  readonly step: number;
  readonly discount: DiscountBook;
  readonly when: When;
}

/** A discount is let off of no cycle any more that begins then or later. */
export interface UndiscountedBook {
  readonly kind: 'undiscounted';
  readonly step: number;
  /** The name of the discount. */
  readonly discount: string;
  readonly when: When;
}

export const discounted: Become<DiscountedBook> = (before, { discount, when }, said) => {
  const fact = { kind: 'discounted', fromMs: fromMsOf(when, said), billed: true } as const;
  return [...before, { ...fact, discounts: [discount] }];
};

export const undiscounted: Become<UndiscountedBook> = (before, { discount, when }, said) => {
  const fact = { kind: 'undiscounted', fromMs: fromMsOf(when, said), billed: true } as const;
  return [...before, { ...fact, undiscounted: discount }];
};
