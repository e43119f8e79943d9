import { stepsMax, type GroupValue, type Price } from '@billingrails/rating';

/**
 * The most that a plan, or a subscription by itself, may hold: fees; tiers in all of them and their group prices (a
 * price that takes one step counts as one); and bytes that their charges can take, whatever was used. The first two alone
 * never reach the third: only hundreds of group prices do. Together they keep the message of a closed period below the
 * bus's 1 MiB.
 */
export const FEES_MAX = 150;
export const TIERS_MAX = 800;
export const CHARGE_BYTES_MAX = 480_000;

/** A charge without its texts and tiers: ids, profile, period, and decimals of as many digits as usage can have. */
const CHARGE_BYTES = 400;
/** A tier of such decimals. */
const TIER_BYTES = 350;
/** A value of a group beside its text. */
const VALUE_BYTES = 20;

/** What of a fee, or of a draft, counts against the limits. */
export interface SizedFee {
  readonly name: string;
  readonly unit: string;
  readonly price: Price;
  readonly groupPrices?: readonly {
    readonly values: readonly (GroupValue | undefined)[];
    readonly price: Price;
  }[];
}

/** Why these fees are too many for one plan or subscription; undefined when they are not. */
export function tooManyFees(fees: readonly SizedFee[]): string | undefined {
  if (fees.length > FEES_MAX) return `holds at most ${FEES_MAX} fees`;
  if (sum(fees.map(tierCount)) > TIERS_MAX)
    return `holds at most ${TIERS_MAX} tiers in all its fees and their group prices`;
  return sum(fees.map(chargeBytes)) > CHARGE_BYTES_MAX
    ? `holds fees whose lines take at most ${CHARGE_BYTES_MAX} bytes`
    : undefined;
}

function tierCount({ price, groupPrices = [] }: SizedFee): number {
  return sum([price, ...groupPrices.map((own) => own.price)].map(stepsMax));
}

/** The charge of the fee's own price, and one for each group price; a group's values are in its charge twice. */
function chargeBytes(fee: SizedFee): number {
  const { name, unit, groupPrices = [] } = fee;
  const bytes = CHARGE_BYTES + textBytes(name) + textBytes(unit);
  const values = groupPrices.flatMap((own) => own.values);
  return (
    bytes * (1 + groupPrices.length) +
    sum(values.map((value) => VALUE_BYTES + 2 * textBytes(String(value)))) +
    TIER_BYTES * tierCount(fee)
  );
}

function textBytes(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
