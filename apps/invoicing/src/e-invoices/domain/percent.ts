import { decimal, type Decimal } from '@billingrails/money';
import { fractionOf, wholeParts, type Fraction } from '../../totals/domain/fraction';

const HUNDRED = decimal(100n);

/** amount × percent ÷ 100, in whole minor units, half away from zero. */
export function percentOf(amount: bigint, percent: Decimal): bigint {
  return rounded(fractionOf(amount, percent, HUNDRED));
}

/** What is left of an amount that includes so many percent of the rest: amount × 100 ÷ (100 + percent), rounded. */
export function withoutPercent(amount: bigint, percent: Decimal): bigint {
  return rounded(fractionOf(amount, HUNDRED, HUNDRED.add(percent)));
}

function rounded(exact: Fraction): bigint {
  const [whole = 0n] = wholeParts([exact]);
  return whole;
}
