import type { RecurringGrantBook } from '@billingrails/recompute';
import { UNITS } from '../credits';
import { WATCHED_PLAN } from './plan';

/** Credits of the plan in each billing cycle, and of each account every two weeks, which roll over in part. */
export function recurringOf(
  accounts: readonly { readonly account: string; readonly timeZone: string }[],
  firstMs: number,
): RecurringGrantBook[] {
  const [{ name: unit = '' } = {}] = UNITS;
  const common = { step: -1, unit, promotional: true } as const;
  return [
    {
      ...{ ...common, name: 'of the plan', to: { plan: WATCHED_PLAN.name } },
      ...{ amount: '3.5', priority: 1, rolloverCycles: 2 },
    },
    ...accounts.map(({ account, timeZone }) => ({
      ...{ ...common, name: `of ${account}` },
      to: { account, startMs: firstMs, timeZone, cycles: { unit: 'week', count: 2 } as const },
      ...{ amount: '2.25', priority: 2, rolloverCycles: 1, rolloverMaximum: '1.5' },
    })),
  ];
}
