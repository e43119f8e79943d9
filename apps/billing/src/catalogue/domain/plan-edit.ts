import type { Violation } from '@billingrails/errors';
import type { FeeId } from '@billingrails/ids';
import type { Commitment, CurrencyCommitment } from './commitment';
import type { Fee } from './fee';
import type { Plan } from './plan';
import type { UsageThresholds } from './usage-thresholds';

/** How a version differs from the one that it is made from. */
export interface PlanEdit<Added> {
  /** Unset: the name stays. */
  readonly name?: string;
  readonly removed: readonly string[];
  readonly replaced: readonly { readonly feeId: string; readonly by: Added }[];
  readonly added: readonly Added[];
  /** Unset: as it is. */
  readonly commitment?: Commitment;
  /** In place of what was committed to in these currencies. Unset: as it is. */
  readonly otherCommitments?: readonly CurrencyCommitment[];
  /** Unset: as they are. */
  readonly usageThresholds?: UsageThresholds;
  /** ISO 4217 codes. Unset: none. */
  readonly addedCurrencies?: readonly string[];
  readonly removedCurrencies?: readonly string[];
}

/** A fee that is added. */
type NewFee = Omit<Fee, 'id' | 'createMs'>;

/** All that is wrong with an edit of these fees, by path under `path`. */
export function editViolations(
  fees: readonly Pick<Fee, 'id'>[],
  { removed, replaced }: Pick<PlanEdit<unknown>, 'removed' | 'replaced'>,
  path: string,
): Violation[] {
  const known = new Set<string>(fees.map(({ id }) => id));
  const named = [
    ...removed.map((feeId, index) => ({ feeId, field: `${path}.remove_fee_ids[${index}]` })),
    ...replaced.map(({ feeId }, index) => ({
      feeId,
      field: `${path}.replace_fees[${index}].fee_id`,
    })),
  ];
  const seen = new Set<string>();
  return named.flatMap(({ feeId, field }) => {
    if (!known.has(feeId)) return [{ field, description: 'names no fee of the version' }];
    if (seen.has(feeId)) return [{ field, description: 'names a fee that the edit names before' }];
    seen.add(feeId);
    return [];
  });
}

/**
 * The fees once edited. What is carried over keeps its id, so that it is the same charge in both versions; what takes
 * its place is another fee, which says whose place it took.
 */
export function editedFees(
  { fees }: Pick<Plan, 'fees'>,
  { removed, replaced, added }: PlanEdit<NewFee>,
  nextId: () => FeeId,
  createMs: number,
): Fee[] {
  const gone = new Set(removed);
  const substitutes = new Map(replaced.map(({ feeId, by }) => [feeId, by]));
  const kept = fees.flatMap((fee): Fee[] => {
    if (gone.has(fee.id)) return [];
    const by = substitutes.get(fee.id);
    return [by === undefined ? fee : { ...by, id: nextId(), createMs, replacesId: fee.id }];
  });
  return [...kept, ...added.map((fee): Fee => ({ ...fee, id: nextId(), createMs }))];
}
