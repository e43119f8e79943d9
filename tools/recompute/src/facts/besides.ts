import type { FeeBook } from '../history/catalogue';
import type { Proration } from '../history/cycles';
import { fromMsOf, type Become, type Terms, type When } from './fact';

/** An add-on is attached, or has another quantity; with "0" it is detached. */
export interface AddOnBook {
  readonly kind: 'add_on';
  readonly step: number;
  readonly addOn: string;
  readonly quantity: string;
  readonly when: When;
  readonly proration: Proration;
}

/** A fee is charged otherwise for this subscription alone. */
export interface FeeChangedBook {
  readonly kind: 'fee';
  readonly step: number;
  readonly fee: string;
  /** Unset: nothing where it is removed, and otherwise what is listed. */
  readonly price?: Pick<FeeBook, 'model' | 'terms' | 'groupPrices'>;
  readonly removed: boolean;
  readonly when: When;
  readonly proration: Proration;
}

export const addOnChanged: Become<AddOnBook> = (before, book, said) => {
  const { addOn, quantity, when, proration } = book;
  const terms = (held: Terms): Terms => {
    const { [addOn]: _, ...others } = held.addOns ?? {};
    // Another quantity keeps its place.
    const addOns = quantity === '0' ? others : { ...held.addOns, [addOn]: quantity };
    return { ...held, addOns };
  };
  const fact = { kind: 'add_on', fromMs: fromMsOf(when, said), proration, billed: true } as const;
  return [...before, { ...fact, reason: 'ADD_ON_CHANGED', plan: addOn, addOn, terms }];
};

export const feeChanged: Become<FeeChangedBook> = (before, book, said) => {
  const { fee, when, proration, price, removed, step } = book;
  const fromMs = fromMsOf(when, said);
  const agreed = { fromMs, step, removed, ...(price && { price }) };
  const terms = (held: Terms): Terms => ({ ...held, fees: { ...held.fees, [fee]: agreed } });
  const fact = { kind: 'fee', fromMs, proration, billed: true } as const;
  return [...before, { ...fact, reason: 'FEE_CHANGED', fee, terms }];
};
