import type { Proration } from '../history/cycles';
import { fromMsOf, takenBack, type Become, type Fact, type When } from './fact';

/** The trial ends then, and not when it was to end, and the subscription goes on. */
export interface ConvertedBook {
  readonly kind: 'converted';
  readonly step: number;
  readonly when: When;
  readonly proration: Proration;
}

export const converted: Become<ConvertedBook> = (before, { when, proration }, said) => {
  const left = before.map((fact) => (fact.kind === 'trial_ended' ? takenBack(said.ms) : fact));
  return [...left, trialEnd(fromMsOf(when, said), true, proration)];
};

export function trialEnd(fromMs: number, converts: boolean, proration: Proration): Fact {
  return {
    ...{ kind: 'trial_ended', fromMs, proration, reason: 'TRIAL_ENDED', billed: true },
    ends: !converts,
    terms: ({ trial: _, ...left }) => (converts ? left : undefined),
  };
}
