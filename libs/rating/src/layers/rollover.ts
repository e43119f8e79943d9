import { decimal, type Decimal } from '@billingrails/money';
import type { RatedStep } from '../steps/registry';
import type { CarriedUnits } from '../steps/kinds/rolled-over';
import type { Terms } from './terms';

/** What the steps of a part say: what they began with, and what they took. */
interface PartSteps {
  readonly steps: readonly RatedStep[];
}

const ZERO = decimal(0n);

/**
 * What of units that were left may be used in a cycle: those of the last `rolloverCycles` cycles, and not more than
 * `rolloverMaximum` together, of which the oldest are lost first. The oldest first; none where nothing rolls over.
 */
export function carriedInto(
  left: readonly CarriedUnits[],
  { rolloverCycles, rolloverMaximum }: Terms,
  cycle: bigint,
): CarriedUnits[] {
  if (rolloverCycles === undefined) return [];
  const living = left.filter((each) => each.cycle < cycle && each.cycle >= cycle - rolloverCycles);
  const kept: CarriedUnits[] = [];
  let room = rolloverMaximum;
  for (const { cycle: from, units } of [...living].reverse()) {
    const carried = room?.lt(units) === true ? room : units;
    if (room !== undefined) room = room.sub(carried);
    if (!carried.isZero()) kept.unshift({ cycle: from, units: carried });
  }
  return kept;
}

/** What a part of a cycle leaves of what was carried into it; undefined where nothing rolls over. */
export function carriedAfter({ steps }: PartSteps): CarriedUnits[] | undefined {
  const step = steps.find((each) => each.kind === 'rolledOver');
  if (step?.kind !== 'rolledOver') return undefined;
  let taken = step.quantity;
  return step.carried.flatMap(({ cycle, units }) => {
    const used = taken.lt(units) ? taken : units;
    taken = taken.sub(used);
    return used.eq(units) ? [] : [{ cycle, units: units.sub(used) }];
  });
}

/** What a cycle leaves for those after it: what its last part leaves of what was carried, then its own. */
export function leftAfter(parts: readonly PartSteps[], cycle: bigint): CarriedUnits[] {
  let carried: CarriedUnits[] = [];
  let own: Decimal = ZERO;
  for (const part of parts) {
    const after = carriedAfter(part);
    if (after === undefined) continue;
    carried = after;
    const included = part.steps.find((each) => each.kind === 'included');
    if (included?.kind === 'included') own = own.add(included.included).sub(included.quantity);
  }
  return own.isZero() ? carried : [...carried, { cycle, units: own }];
}
