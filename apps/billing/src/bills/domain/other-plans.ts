import type { FeeId, PlanId } from '@billingrails/ids';
import type { Agreement } from './agreement';
import type { Bill } from './posted-bill';

/**
 * The plans and add-ons beside the bill's own plan that have fees of its lines, by fee: those of add-ons, and of a plan
 * that was left. Undefined where there are none, as on most bills.
 */
export function otherPlansOf(
  { plans }: Pick<Agreement, 'plans'>,
  { planId, entries }: Pick<Bill, 'planId' | 'entries'>,
): ReadonlyMap<FeeId, PlanId> | undefined {
  const others = [...plans.values()].filter(({ id }) => id !== planId);
  if (others.length === 0) return undefined;
  const billed = new Set(entries.flatMap(({ charge: { feeId } }) => feeId ?? []));
  const found = others.flatMap(({ id, fees }) =>
    fees.flatMap((fee) => (billed.has(fee.id) ? [[fee.id, id] as const] : [])),
  );
  return found.length === 0 ? undefined : new Map(found);
}
