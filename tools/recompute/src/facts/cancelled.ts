import type { Proration } from '../history/cycles';
import { fromMsOf, type Become, type Fact, type When } from './fact';

export interface CancelledBook {
  readonly kind: 'cancelled';
  readonly step: number;
  readonly when: When;
  readonly proration: Proration;
}

/** Of two ends the earlier one holds. */
export const cancelled: Become<CancelledBook> = (before, { when, proration }, said) => {
  const fromMs = fromMsOf(when, said);
  const has = before.some((fact) => fact.ends === true && fact.fromMs <= fromMs);
  return has ? [...before] : [...before, end(fromMs, proration)];
};

export function end(fromMs: number, proration: Proration): Fact {
  return {
    ...{ kind: 'cancelled', fromMs, proration, reason: 'CANCELLED', billed: true },
    ...{ ends: true, terms: () => undefined },
  };
}
