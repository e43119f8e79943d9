import type { FeatureBook, PlanBook } from '@billingrails/recompute';
import { USAGES } from '../catalogue/plans';

const counted = { terms: {}, inAdvance: false, byQuantity: false } as const;

/** What only rises as more is used: of other prices it would depend on who looks when what a threshold sees. */
export const WATCHED_PLAN: PlanBook = {
  ...{ name: 'Watched', currency: 'USD', digits: 2 },
  fees: [
    {
      ...{ name: 'Watched base', ...counted, inAdvance: true },
      model: { kind: 'flat', amount: '12.5' },
    },
    {
      ...{ name: 'Watched seats', ...counted, byQuantity: true },
      model: { kind: 'per_unit', unitAmount: '2.345' },
    },
    {
      ...{ name: 'Watched calls', ...counted, usage: USAGES.calls },
      model: {
        kind: 'graduated',
        tiers: [
          { upTo: '5', unitAmount: '1.005', flatAmount: '0' },
          { upTo: '', unitAmount: '0.51', flatAmount: '0.4' },
        ],
      },
    },
  ],
};

export const FEATURE: FeatureBook = {
  ...{ code: 'calls', usage: USAGES.calls, plan: WATCHED_PLAN.name },
  ...{ limit: '8', grace: '1.5', rolloverPeriods: 2, rolloverMaximum: '5' },
};
