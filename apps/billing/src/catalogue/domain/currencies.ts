import type { Violation } from '@billingrails/errors';
import { isCurrency } from '@billingrails/money';
import type { Fee } from './fee';
import type { Plan } from './plan';

/** The most currencies that a plan has beside its own. */
const OTHER_CURRENCIES_MAX = 20;

/** The currencies that a version of a plan has prices in, its own first. */
export function currenciesOf({ currencyCode, otherCurrencyCodes = [] }: Plan): string[] {
  return [currencyCode, ...otherCurrencyCodes];
}

/** Plans in their other currencies, by these: a plan never changes. */
const others = new WeakMap<Plan, Map<string, Plan>>();

/** The plan as if it had prices in that currency alone; undefined where it has none in it. */
export function planIn(plan: Plan, currencyCode: string): Plan | undefined {
  const currencies = currenciesOf(plan);
  if (!currencies.includes(currencyCode)) return undefined;
  if (currencies.length === 1) return plan;
  const known = others.get(plan) ?? new Map<string, Plan>();
  others.set(plan, known);
  const before = known.get(currencyCode);
  if (before !== undefined) return before;
  const { otherCurrencyCodes: _, corrections = [], usageThresholds, ...whole } = plan;
  const { commitment: own, otherCommitments = [], ...rest } = whole;
  const isOf = (code = plan.currencyCode) => code === currencyCode;
  const said = otherCommitments.find((each) => isOf(each.currencyCode));
  const commitment = isOf() ? own : said?.commitment;
  const inCurrency: Plan = {
    ...rest,
    currencyCode,
    fees: plan.fees.map((fee) => feeIn(fee, isOf() ? undefined : currencyCode)),
    ...(commitment && { commitment }),
    corrections: corrections.filter((correction) => isOf(correction.currencyCode)),
    // Subscriptions in another currency have their own.
    ...(usageThresholds && isOf() && { usageThresholds }),
  };
  known.set(currencyCode, inCurrency);
  return inCurrency;
}

/** Unset: in its plan's own. */
function feeIn({ otherPrices = [], ...fee }: Fee, currencyCode: string | undefined): Fee {
  const own = otherPrices.find((each) => each.currencyCode === currencyCode);
  if (own === undefined) return fee;
  const { price, groupPrices } = own;
  return { ...fee, price, ...(groupPrices === undefined ? {} : { groupPrices }) };
}

/**
 * Why the version cannot be published: a fee has no price in one of its currencies, or one in another; or it commits in
 * one of them, and does not say what in each. By path behind `path`.
 */
export function currencyViolations(plan: Plan, path = ''): Violation[] {
  const { otherCurrencyCodes = [], fees } = plan;
  const ofFees = fees.flatMap(({ otherPrices = [], name }, index) => {
    const field = `${path}fees[${index}].other_prices`;
    const priced = otherPrices.map(({ currencyCode }) => currencyCode);
    const missing = otherCurrencyCodes.filter((code) => !priced.includes(code));
    const extra = priced.filter((code) => !otherCurrencyCodes.includes(code));
    return [
      ...missing.map((code) => ({
        field,
        description: `must have a price in ${code}: "${name}" has none`,
      })),
      ...extra.map((code) => ({
        field,
        description: `must have no price in ${code}: the plan has none`,
      })),
    ];
  });
  return [...ofFees, ...uncommitted(plan, path)];
}

/** In which of its currencies a plan does not say what it commits to, though it commits in another. */
function uncommitted(plan: Plan, path: string): Violation[] {
  const { currencyCode, commitment, otherCommitments = [] } = plan;
  const said = [...(commitment ? [{ currencyCode, commitment }] : []), ...otherCommitments];
  const codes = said.map((each) => each.currencyCode);
  const commits = said.some((each) => !each.commitment.amount.isZero());
  const missing = commits ? currenciesOf(plan).filter((code) => !codes.includes(code)) : [];
  const extra = codes.filter((code) => !currenciesOf(plan).includes(code));
  return [
    ...missing.map((code) => ({
      field: `${path}${code === currencyCode ? 'commitment' : 'other_commitments'}`,
      description: `must say what is committed to in ${code}, as the plan commits in another; "0" is nothing`,
    })),
    ...extra.map((code) => ({
      field: `${path}other_commitments`,
      description: `must have none in ${code}: the plan has no prices in it`,
    })),
  ];
}

/** What is wrong with commitments in other currencies than the plan's own, by path. */
export function otherCommitmentViolations(
  { currencyCode, otherCommitments = [] }: Pick<Plan, 'currencyCode' | 'otherCommitments'>,
  path: string,
): Violation[] {
  const codes = otherCommitments.map((each) => each.currencyCode);
  return codes.flatMap((code, index) => {
    const field = `${path}[${index}].currency_code`;
    if (!isCurrency(code)) return [{ field, description: 'is not a currency of ISO 4217' }];
    if (code === currencyCode)
      return [{ field, description: "is the plan's own, which commitment says it of" }];
    return codes.indexOf(code) < index ? [{ field, description: 'is named before' }] : [];
  });
}

/** What is wrong with the other currencies of a plan, by path. */
export function otherCurrencyViolations(
  { currencyCode, otherCurrencyCodes = [] }: Pick<Plan, 'currencyCode' | 'otherCurrencyCodes'>,
  path: string,
): Violation[] {
  if (otherCurrencyCodes.length > OTHER_CURRENCIES_MAX)
    return [{ field: path, description: `must be at most ${OTHER_CURRENCIES_MAX}` }];
  return otherCurrencyCodes.flatMap((code, index) => {
    const field = `${path}[${index}]`;
    if (!isCurrency(code)) return [{ field, description: 'is not a currency of ISO 4217' }];
    const isRepeated = code === currencyCode || otherCurrencyCodes.indexOf(code) < index;
    return isRepeated ? [{ field, description: 'is a currency of the plan already' }] : [];
  });
}
