import { decimal, type Decimal } from '@billingrails/money';
import { carriedInto, type CarriedUnits } from '@billingrails/rating';
import type { Allowance, AllowancePart } from './allowance';

/** What roll over leaves is worked out from so many periods before the present one. */
export const LOOKED_BACK_PERIODS = 36;
/** The most periods that what was left may be used in. */
export const ROLLOVER_PERIODS_MAX = 12;

/** An allowance of a period that is over, and what was used of it. */
export interface PastAllowance {
  readonly allowance: Allowance;
  readonly used: Decimal;
}

const ZERO = decimal(0n);

/**
 * The periods before an allowance's own whose use decides what is carried into it, oldest first: each is the one before
 * another, and had something that rolls over and is granted in that one, too. `at` gives what was granted at an
 * instant, as of the facts that are known now.
 */
export function periodsBefore(
  allowance: Allowance,
  at: (ms: number) => readonly Allowance[],
): Allowance[] {
  const found = new Map<string, Allowance>();
  let latest: readonly Allowance[] = [allowance];
  for (let depth = 0; depth < LOOKED_BACK_PERIODS && latest.length > 0; depth += 1) {
    const earlier = latest.flatMap((next) => {
      if (!next.parts.some(rolls)) return [];
      const { startMs } = next.period;
      return at(startMs - 1).filter(({ period, parts }) => {
        return period.endMs === startMs && parts.some((part) => rolls(part) && isIn(part, next));
      });
    });
    latest = earlier.filter((each) => !found.has(nameOf(each)));
    for (const each of latest) found.set(nameOf(each), each);
  }
  return [...found.values()].sort(
    ({ period: a }, { period: b }) => a.endMs - b.endMs || a.startMs - b.startMs,
  );
}

/** What parts left, by their names, and how many periods they had. */
type Left = Map<string, { readonly units: readonly CarriedUnits[]; readonly periods: bigint }>;

/**
 * What of the periods before may be used in an allowance's own. In each of them what was carried into it was used
 * first, the oldest first; then what does not roll over; then what does, in the order of the grants.
 */
export function rolledOverInto(allowance: Allowance, before: readonly PastAllowance[]): Decimal {
  const left: Left = new Map();
  for (const past of before) {
    const own = leftOf(past, left);
    for (const [name, each] of own) left.set(name, each);
  }
  return carried(allowance, left).reduce((sum, { units }) => sum.add(unitsOf(units)), ZERO);
}

function leftOf({ allowance, used }: PastAllowance, before: Left): Left {
  let open = used.isNegative() ? ZERO : used;
  const take = (units: Decimal): Decimal => {
    const taken = open.lt(units) ? open : units;
    open = open.sub(taken);
    return units.sub(taken);
  };
  const into = carried(allowance, before);
  const kept = new Map(
    into.map(({ part, units }) => [
      part.name,
      units.map((each) => ({ ...each, units: take(each.units) })),
    ]),
  );
  for (const part of allowance.parts) {
    if (rolls(part)) continue;
    const { limit } = part.entitlement;
    if (limit === undefined) open = ZERO;
    else take(limit.mul(part.count));
  }
  return new Map(
    into.map(({ part, periods }) => {
      const { limit = ZERO } = part.entitlement;
      const own = { cycle: periods, units: take(limit.mul(part.count)) };
      const units = [...(kept.get(part.name) ?? []), own].filter((each) => !each.units.isZero());
      return [part.name, { units, periods: periods + 1n }];
    }),
  );
}

/** What is carried into each part that rolls over, the oldest first, and which of its periods it is. */
function carried({ parts }: Allowance, left: Left) {
  return parts.filter(rolls).map((part) => {
    const { units, periods } = left.get(part.name) ?? { units: [], periods: 0n };
    const { rollover } = part.entitlement;
    const maximum = rollover?.maximum?.mul(part.count);
    const terms = {
      ...(rollover === undefined ? {} : { rolloverCycles: BigInt(rollover.periods) }),
      ...(maximum === undefined ? {} : { rolloverMaximum: maximum }),
    };
    return { part, periods, units: carriedInto(units, terms, periods) };
  });
}

function rolls({ entitlement: { rollover } }: AllowancePart): boolean {
  return rollover !== undefined;
}

function isIn({ name }: AllowancePart, { parts }: Allowance): boolean {
  return parts.some((part) => part.name === name);
}

function unitsOf(units: readonly CarriedUnits[]): Decimal {
  return units.reduce((sum, each) => sum.add(each.units), ZERO);
}

function nameOf({ period: { startMs, endMs } }: Allowance): string {
  return `${startMs}/${endMs}`;
}
