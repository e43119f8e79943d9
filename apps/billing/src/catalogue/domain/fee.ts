import type { Violation } from '@billingrails/errors';
import type { CreditUnitId, FeeId, MeterId, ProductId } from '@billingrails/ids';
import { isCurrency } from '@billingrails/money';
import {
  isByUsage,
  priceAfter,
  priceViolations,
  readsTransactions,
  type GroupPrice,
  type GroupValue,
  type Price,
} from '@billingrails/rating';
import type { CommitmentCounting } from './commitment';

/**
 * Names a profile of a meter, or what no credits of a unit cover. In a draft an empty profile means the meter's default
 * one.
 */
export interface MeterProfile {
  readonly meterId: MeterId | CreditUnitId;
  readonly profile: string;
}

/** Tells profiles apart. Neither an id nor a code holds a "/". */
export function profileKey({ meterId, profile }: MeterProfile): string {
  return `${meterId}/${profile}`;
}

/** A fee as it was asked for: its decimals are parsed, nothing else is checked. */
export interface FeeDraft {
  readonly name: string;
  readonly price: Price;
  /** What the request named; not known to be an id. Unset for a flat price. */
  readonly meterProfile?: { readonly meterId: string; readonly profile: string };
  /** What one unit is called; may be empty. */
  readonly unit: string;
  /** Whether each group of the usage is priced by itself. */
  readonly byGroup: boolean;
  readonly groupPrices: readonly GroupPriceDraft[];
  /** In other currencies than the plan's own. Unset: none. */
  readonly otherPrices?: readonly CurrencyPriceDraft[];
  readonly inAdvance?: boolean;
  readonly once?: boolean;
  readonly byQuantity?: boolean;
  readonly counting?: CommitmentCounting;
  /** Not known to exist. Unset: of none. */
  readonly productId?: string;
}

/** A price in another currency, as it was asked for. */
export interface CurrencyPriceDraft {
  readonly currencyCode: string;
  readonly price: Price;
  readonly groupPrices: readonly GroupPriceDraft[];
}

/** A group price as it was asked for; undefined stands for what can be no value of a group. */
export interface GroupPriceDraft {
  readonly values: readonly (GroupValue | undefined)[];
  readonly price: Price;
}

/** The longest text, in UTF-16 code units, that is the name of a group: longer ones have their SHA-256 in its place. */
const GROUP_TEXT_MAX = 64;

/** A price in another currency than the plan's own. */
export interface CurrencyPrice extends Pick<Fee, 'price' | 'groupPrices'> {
  /** ISO 4217. */
  readonly currencyCode: string;
}

/** One thing to charge for. Never changes once it was added. */
export interface Fee {
  readonly id: FeeId;
  readonly name: string;
  readonly price: Price;
  /** Set exactly for a usage price; the profile is a code, never empty. */
  readonly meterProfile?: MeterProfile;
  readonly unit: string;
  /** Set exactly for a fee by group: the groups that have a price of their own, each once. */
  readonly groupPrices?: readonly GroupPrice[];
  /** In other currencies than the plan's own, each once. Unset: none. */
  readonly otherPrices?: readonly CurrencyPrice[];
  /**
   * Whether a fee that counts nothing is charged when a cycle begins. Otherwise it is charged when the cycle has ended.
   */
  readonly inAdvance?: boolean;
  /** Whether a fee that counts nothing is charged once, when what has it begins. */
  readonly once?: boolean;
  /**
   * Whether a fee that counts nothing is priced by the subscription's quantity, such as seats; of an add-on by that of
   * the add-on.
   */
  readonly byQuantity?: boolean;
  /** Whether what it comes to counts towards a commitment. Unset: a fee by usage does, another does not. */
  readonly counting?: CommitmentCounting;
  /** The product that it is of. Unset: of none. */
  readonly productId?: ProductId;
  /** The fee of an earlier version whose place it took. */
  readonly replacesId?: FeeId;
  /** When it was added, by the organisation's clock: it charges every period that ends after this. */
  readonly createMs: number;
}

/** The fee as it is priced after so many cycles; the same one where no discount has ended. */
export function feeAfter(fee: Fee, cycles: number): Fee {
  const price = priceAfter(fee.price, cycles);
  const groupPrices = fee.groupPrices?.map((own) => {
    const after = priceAfter(own.price, cycles);
    return after === own.price ? own : { ...own, price: after };
  });
  const isSame = fee.groupPrices?.every((own, index) => own === groupPrices?.[index]) ?? true;
  if (price === fee.price && isSame) return fee;
  return { ...fee, price, ...(groupPrices && { groupPrices }) };
}

/** All that is wrong with the drafts, by the path of the field under `path`: "fees" → "fees[2].meter_profile". */
export function feeListViolations(drafts: readonly FeeDraft[], path: string): Violation[] {
  return drafts.flatMap((draft, index) => feeViolations(draft, `${path}[${index}]`));
}

/** All that is wrong with one draft: its prices, and a meter profile or groups that are missing or not wanted. */
export function feeViolations(draft: FeeDraft, path: string): Violation[] {
  const violations = priceViolations(draft.price, `${path}.price`);
  violations.push(...recurringViolations(draft, path));
  if (!isByUsage(draft.price) && draft.meterProfile !== undefined) {
    violations.push({
      field: `${path}.meter_profile`,
      description: 'must be left out: a flat price counts nothing',
    });
  }
  if (isByUsage(draft.price) && draft.meterProfile === undefined && draft.byQuantity !== true) {
    violations.push({
      field: `${path}.meter_profile`,
      description: 'is required for a price by usage',
    });
  }
  violations.push(...groupingViolations(draft, path), ...rolloverViolations(draft, path));
  return violations.length > 0 ? violations : otherPriceViolations(draft, path);
}

/** What is wrong with the fee of a subscription alone. */
export function ownFeeViolations({ otherPrices = [] }: FeeDraft, path: string): Violation[] {
  if (otherPrices.length === 0) return [];
  return [
    {
      field: `${path}.other_prices`,
      description: 'must be empty: a subscription has one currency',
    },
  ];
}

/** A price in another currency must fit the fee as its own does. */
function otherPriceViolations(draft: FeeDraft, path: string): Violation[] {
  const { otherPrices = [], ...own } = draft;
  const codes = otherPrices.map(({ currencyCode }) => currencyCode);
  return otherPrices.flatMap(({ currencyCode, price, groupPrices }, index) => {
    const field = `${path}.other_prices[${index}]`;
    const at = `${field}.currency_code`;
    if (!isCurrency(currencyCode))
      return [{ field: at, description: 'is not a currency of ISO 4217' }];
    if (codes.indexOf(currencyCode) < index)
      return [{ field: at, description: 'has a price already' }];
    const fitting = feeViolations({ ...own, price, groupPrices }, field);
    return fitting.map((violation) =>
      /[.](price|group_prices)/.test(violation.field.slice(field.length))
        ? violation
        : { field: `${field}.price`, description: 'must count what the price above counts' },
    );
  });
}

/** Prices that need the amounts of events, of which a quantity has none. */
const OF_EVENTS = new Set<Price['kind']>(['percentage', 'graduatedPercentage', 'dynamic']);

function recurringViolations(draft: FeeDraft, path: string): Violation[] {
  const { price, meterProfile, inAdvance, once, byQuantity } = draft;
  const violations: Violation[] = [];
  if ((inAdvance === true || once === true) && meterProfile !== undefined)
    violations.push({
      field: `${path}.timing`,
      description: 'must be left out or in arrear: usage is charged when it is known',
    });
  if (byQuantity !== true) return violations;
  if (meterProfile !== undefined)
    violations.push({
      field: `${path}.meter_profile`,
      description: 'must be left out: by_quantity counts nothing',
    });
  if (!isByUsage(price) || OF_EVENTS.has(price.kind))
    violations.push({
      field: `${path}.by_quantity`,
      description: 'must be false for a price that is not for units',
    });
  return violations;
}

function groupingViolations(
  { price, byGroup, groupPrices, byQuantity }: FeeDraft,
  path: string,
): Violation[] {
  if (byGroup && (!isByUsage(price) || byQuantity === true))
    return [
      { field: `${path}.by_group`, description: 'must be false: a flat price counts nothing' },
    ];
  if (byGroup && [price, ...groupPrices.map((own) => own.price)].some(readsTransactions))
    return [
      {
        field: `${path}.by_group`,
        description: 'must be false where a transaction has a minimum or a maximum',
      },
    ];
  if (!byGroup && groupPrices.length > 0)
    return [
      { field: `${path}.group_prices`, description: 'must be empty where by_group is false' },
    ];
  const priced = new Set<string>();
  return groupPrices.flatMap((own, index) => {
    const field = `${path}.group_prices[${index}]`;
    const violations = valuesViolations(own, `${field}.values`);
    const key = JSON.stringify(own.values);
    if (violations.length === 0 && priced.has(key))
      violations.push({ field: `${field}.values`, description: 'has a price already' });
    priced.add(key);
    return [...violations, ...groupPriceViolations(own.price, `${field}.price`)];
  });
}

/** What rolls over is told from cycle to cycle: groups come and go. */
function rolloverViolations({ price, byGroup, meterProfile }: FeeDraft, path: string): Violation[] {
  if (price.terms?.rolloverCycles === undefined || (!byGroup && meterProfile !== undefined))
    return [];
  const description = 'must be left out where usage is priced by group, or none is';
  return [{ field: `${path}.price.terms.rollover_cycles`, description }];
}

function groupPriceViolations(price: Price, path: string): Violation[] {
  if (price.terms?.rolloverCycles !== undefined)
    return [{ field: `${path}.terms.rollover_cycles`, description: 'must be left out by group' }];
  if (isByUsage(price)) return priceViolations(price, path);
  return [{ field: path, description: 'must be a price by usage: a group is what was used' }];
}

function valuesViolations({ values }: GroupPriceDraft, path: string): Violation[] {
  return values.flatMap((value, index) => {
    const field = `${path}[${index}]`;
    if (value === undefined)
      return [{ field, description: 'must be a string, a number, a boolean or null' }];
    return typeof value === 'string' && value.length > GROUP_TEXT_MAX
      ? [{ field, description: `must have at most ${GROUP_TEXT_MAX} characters` }]
      : [];
  });
}
