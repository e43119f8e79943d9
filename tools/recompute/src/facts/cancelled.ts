import type { Proration } from '../history/cycles';
import { fromMsOf, type Become, type When } from './fact';

export interface CancelledBook {
  readonly kind: 'cancelled';
  readonly step: number;
  readonly when: When;
  readonly proration: Proration;
}

export const cancelled: Become<CancelledBook> = (before, { when, proration }, said) => [
  ...before,
  {
    ...{ kind: 'cancelled', fromMs: fromMsOf(when, said), proration, reason: 'CANCELLED' },
    ...{ billed: true, ends: true, terms: () => undefined },
  },
];
