import { fromMsOf, type Become } from './fact';

export interface ByHandBook {
  readonly kind: 'one_off';
  readonly step: number;
  readonly description: string;
  readonly amount: string;
  readonly billNow: boolean;
}

export const byHand: Become<ByHandBook> = (before, book, said) => [
  ...before,
  {
    ...{ kind: 'one_off', fromMs: fromMsOf({ kind: 'now' }, said), billed: book.billNow },
    byHand: book,
  },
];
