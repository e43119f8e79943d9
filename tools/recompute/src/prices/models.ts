import type { ModelBook, TierBook } from '../history';
import {
  ceiling,
  compare,
  decimalText,
  greatest,
  least,
  minus,
  over,
  plus,
  QUOTIENT_DIGITS,
  rational,
  sumOf,
  times,
  toDigits,
  ZERO,
  type Rational,
} from '../rational';

const HUNDRED = rational('100');

/** What so many units cost by a model, made of so many events. */
export function modelAmount(model: ModelBook, units: Rational, events: number): Rational {
  switch (model.kind) {
    case 'flat':
      return rational(model.amount);
    case 'per_unit':
      return times(units, rational(model.unitAmount));
    case 'per_package':
      return packages(model, units);
    case 'dynamic':
      return units;
    case 'graduated_percentage':
      return graduated(model.tiers.map(ofPercentage), units);
    case 'graduated':
      return graduated(model.tiers, units);
    case 'volume': {
      const tier = tierOf(model.tiers, units);
      return tier === undefined
        ? times(units, rational(model.tiers[0]?.unitAmount ?? '0'))
        : plus(times(units, rational(tier.unitAmount)), rational(tier.flatAmount));
    }
    case 'stairstep':
      return rational(tierOf(model.tiers, units)?.flatAmount ?? '0');
    case 'percentage':
      return percentage(model, units, events);
  }
}

function packages(model: Extract<ModelBook, { kind: 'per_package' }>, units: Rational): Rational {
  const [size, amount] = [rational(model.packageSize), rational(model.packageAmount)];
  const left =
    compare(units, ZERO) < 0 ? units : greatest(ZERO, minus(units, rational(model.freeUnits)));
  if (model.proRata) return toDigits(over(times(left, amount), size), QUOTIENT_DIGITS);
  // A begun package is whole; of what is given back only whole packages count: both are the next number above.
  return times({ of: ceiling(over(left, size)), over: 1n }, amount);
}

function graduated(tiers: readonly TierBook[], units: Rational): Rational {
  if (compare(units, ZERO) < 0) return times(units, rational(tiers[0]?.unitAmount ?? '0'));
  const amounts: Rational[] = [];
  let below = ZERO;
  for (const { upTo, unitAmount, flatAmount } of tiers) {
    if (compare(units, below) <= 0) break;
    const end = upTo === '' ? units : least(units, rational(upTo));
    amounts.push(times(minus(end, below), rational(unitAmount)), rational(flatAmount));
    below = end;
  }
  return sumOf(amounts);
}

function ofPercentage(tier: TierBook): TierBook {
  return { ...tier, unitAmount: decimalText(over(rational(tier.unitAmount), HUNDRED)) };
}

/** The tier that holds the units; none holds 0 and less. */
function tierOf(tiers: readonly TierBook[], units: Rational): TierBook | undefined {
  if (compare(units, ZERO) <= 0) return undefined;
  return tiers.find(({ upTo }) => upTo === '' || compare(units, rational(upTo)) <= 0);
}

function percentage(
  model: Extract<ModelBook, { kind: 'percentage' }>,
  units: Rational,
  events: number,
): Rational {
  const free = compare(units, ZERO) < 0 ? ZERO : rational(model.freeAmount);
  const charged = compare(units, ZERO) < 0 ? units : greatest(ZERO, minus(units, free));
  const count = greatest(ZERO, minus(rational(String(events)), rational(model.freeEvents)));
  return plus(
    over(times(charged, rational(model.percent)), HUNDRED),
    times(count, rational(model.fixedAmount)),
  );
}
