import type { Violation } from '@billingrails/errors';
import type { FeeId, MeterId } from '@billingrails/ids';
import { validatePrice, type Price } from '@billingrails/rating';

/** Names a profile of a meter. In a draft an empty profile means the meter's default one. */
export interface MeterProfile {
  readonly meterId: MeterId;
  readonly profile: string;
}

/** A fee as it was asked for: its decimals are parsed, nothing else is checked. */
export interface FeeDraft {
  readonly name: string;
  readonly price: Price;
  /** What the request named; not known to be an id. Unset for a flat price. */
  readonly meterProfile?: { readonly meterId: string; readonly profile: string };
  /** What one unit is called; may be empty. */
  readonly unit: string;
}

/** One thing to charge for. Never changes once it was added. */
export interface Fee {
  readonly id: FeeId;
  readonly name: string;
  readonly price: Price;
  /** Set exactly for a usage price; the profile is a code, never empty. */
  readonly meterProfile?: MeterProfile;
  readonly unit: string;
  /** When it was added, by the organisation's clock: it charges every period that ends after this. */
  readonly createMs: number;
}

/**
 * The most fees that a plan, or a subscription by itself, may hold, and the most tiers in all of them (a flat or
 * per-unit price counts as one). They keep the message of a closed period below the bus's 1 MiB, whatever its numbers.
 */
export const FEES_MAX = 150;
export const TIERS_MAX = 800;

/** All that is wrong with the drafts, by the path of the field under `path`: "fees" → "fees[2].meter_profile". */
export function feeListViolations(drafts: readonly FeeDraft[], path: string): Violation[] {
  return drafts.flatMap((draft, index) => feeViolations(draft, `${path}[${index}]`));
}

/** All that is wrong with one draft: its price, and a meter profile that is missing or not wanted. */
export function feeViolations(draft: FeeDraft, path: string): Violation[] {
  const violations = validatePrice(draft.price, `${path}.${draft.price.kind}`);
  if (draft.price.kind === 'flat' && draft.meterProfile !== undefined) {
    violations.push({
      field: `${path}.meter_profile`,
      description: 'must be left out: a flat price counts nothing',
    });
  }
  if (draft.price.kind !== 'flat' && draft.meterProfile === undefined) {
    violations.push({
      field: `${path}.meter_profile`,
      description: 'is required for a price by usage',
    });
  }
  return violations;
}

/** Why these fees are too many for one plan or subscription; undefined when they are not. */
export function tooManyFees(fees: readonly { readonly price: Price }[]): string | undefined {
  if (fees.length > FEES_MAX) return `holds at most ${FEES_MAX} fees`;
  const tiers = fees.reduce(
    (sum, { price }) => sum + (price.kind === 'graduated' ? price.tiers.length : 1),
    0,
  );
  return tiers > TIERS_MAX ? `holds at most ${TIERS_MAX} tiers in all its fees` : undefined;
}
