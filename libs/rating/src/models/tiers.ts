import { assert, type Violation } from '@billingrails/errors';
import { decimal, fitsQuantity, type Decimal } from '@billingrails/money';
import { given, givenOrZero, list, optional, record } from '../plain';
import { makeStep } from '../steps/registry';
import type { TierStep } from '../steps/kinds/tier';
import { amountViolations, sizeViolations, violation } from './violations';

/** A part of all quantities. The tiers of a price rise, and only the last goes on for ever. */
export interface Bounded {
  /** The last quantity that belongs to the tier; absent: it goes on for ever. */
  readonly upTo?: Decimal;
}

/** A tier of units. */
export interface Tier extends Bounded {
  /** For each unit, or for each package of them. */
  readonly unitAmount: Decimal;
  /** Charged once, when the tier is reached. */
  readonly flatAmount: Decimal;
  /** Absent: the unit amount is for each unit; else for each begun package of so many. */
  readonly packageSize?: Decimal;
}

export const tiersPlain = record<{ readonly tiers: readonly Tier[] }>()({
  tiers: list(
    record<Tier>()({
      upTo: optional(given),
      unitAmount: givenOrZero,
      flatAmount: givenOrZero,
      packageSize: optional(given),
    }),
  ),
});

/** A tier with where it begins. */
export type Reached<T> = T & { readonly above: Decimal };

const ZERO = decimal(0n);

/**
 * The parts of a quantity by tier: each tier that the quantity lies strictly above the beginning of, with what
 * falls into it. The boundary unit belongs to the lower tier. Quantity zero, and any below, reaches no tier.
 */
export function partsByTier<T extends Bounded>(
  tiers: readonly T[],
  quantity: Decimal,
): { readonly tier: Reached<T>; readonly quantity: Decimal }[] {
  return withBeginnings(tiers)
    .filter(({ above }) => quantity.gt(above))
    .map((tier) => {
      const end = tier.upTo === undefined || quantity.lt(tier.upTo) ? quantity : tier.upTo;
      return { tier, quantity: end.sub(tier.above) };
    });
}

/** The one tier that holds a quantity; none for zero and below. */
export function tierOf<T extends Bounded>(
  tiers: readonly T[],
  quantity: Decimal,
): Reached<T> | undefined {
  return withBeginnings(tiers)
    .filter(({ above }) => quantity.gt(above))
    .at(-1);
}

function withBeginnings<T extends Bounded>(tiers: readonly T[]): Reached<T>[] {
  return tiers.map((tier, index) => ({ ...tier, above: tiers[index - 1]?.upTo ?? ZERO }));
}

/** What is wrong with the tiers: their boundaries, and what `own` finds in each. */
export function tierListViolations<T extends Bounded>(
  tiers: readonly T[],
  field: string,
  own: (tier: T, path: string) => Violation[],
): Violation[] {
  if (tiers.length === 0) return violation(field, 'must hold at least one tier');
  let below: Decimal | undefined;
  return tiers.flatMap((tier, index) => {
    const path = `${field}[${index}]`;
    const isLast = index === tiers.length - 1;
    const violations = [...boundary(tier.upTo, below, isLast, `${path}.up_to`), ...own(tier, path)];
    below = tier.upTo ?? below;
    return violations;
  });
}

function boundary(
  upTo: Decimal | undefined,
  below: Decimal | undefined,
  isLast: boolean,
  field: string,
): Violation[] {
  if (upTo === undefined)
    return violation(field, isLast ? undefined : 'must be set: only the last tier is unlimited');
  if (isLast) return violation(field, 'must be empty: the last tier is unlimited');
  if (below !== undefined && fitsQuantity(upTo) && upTo.lte(below))
    return violation(field, `must be more than ${below.toString()}, where the tier before ends`);
  return sizeViolations(upTo, field);
}

/** What is wrong with a tier of units beside its end. */
export function tierViolations(tier: Tier, path: string): Violation[] {
  return [
    ...amountViolations(tier.unitAmount, `${path}.unit_amount`),
    ...amountViolations(tier.flatAmount, `${path}.flat_amount`),
    ...(tier.packageSize === undefined
      ? []
      : sizeViolations(tier.packageSize, `${path}.package_size`)),
  ];
}

export function tierStepOf(tier: Reached<Tier>, quantity: Decimal): TierStep {
  return makeStep({ kind: 'tier' as const, ...tier, quantity });
}

/** The step of a quantity that reaches no tier: nothing, or a credit by the first tier without its flat amount. */
export function unreachedStep(tiers: readonly Tier[], quantity: Decimal): TierStep {
  const [first] = tiers;
  assert(first, 'a price with tiers has at least one');
  return tierStepOf({ ...first, above: decimal(0n), flatAmount: decimal(0n) }, quantity);
}
