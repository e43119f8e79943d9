import type { Proration } from '../history/cycles';
import { fromMsOf, type Become, type Fact, type When } from './fact';
import { endingBy } from './minimum-terms';

export interface CancelledBook {
  readonly kind: 'cancelled';
  readonly step: number;
  readonly when: When | { readonly kind: 'term_end' };
  readonly proration: Proration;
}

/** Of several ends the earliest holds. */
export const cancelled: Become<CancelledBook> = (before, { when, proration, step }, said) => {
  const term = before[0]?.term;
  const askedMs = when.kind === 'term_end' ? undefined : fromMsOf(when, said);
  const free = before.filter(({ ends, early }) => ends === true && early === undefined);
  const freeMs = Math.min(Infinity, ...free.map(({ fromMs }) => fromMs));
  const { endMs, termEndMs } =
    term === undefined
      ? { endMs: askedMs ?? said.ms }
      : endingBy(term, said, { ...(askedMs !== undefined && { askedMs }), nowMs: said.ms, freeMs });
  if (before.some(({ kind, fromMs }) => kind === 'cancelled' && fromMs === endMs))
    return [...before];
  const fact = end(endMs, proration);
  return [...before, termEndMs === undefined ? fact : { ...fact, early: { step, termEndMs } }];
};

export function end(fromMs: number, proration: Proration): Fact {
  return {
    ...{ kind: 'cancelled', fromMs, proration, reason: 'CANCELLED', billed: true },
    ...{ ends: true, terms: () => undefined },
  };
}
