import type { CreditUnitId, FeatureId, FeeId } from '@billingrails/ids';
import type { Violation } from '@billingrails/errors';
import { isCurrency, type Decimal } from '@billingrails/money';
import { profileKey, type MeterProfile } from '../../catalogue/domain/fee';

/** What becomes of usage that no grant covers: it stays so, the next grants pay it back first, or fees price it. */
export type Overage = 'left' | 'borrowed' | 'billed';

/** How many credits a unit of usage burns. */
export interface CreditRate {
  readonly meterProfile: MeterProfile;
  /** Above 0. */
  readonly amount: Decimal;
  /** The feature that was named in place of the profile. Unset: none was. */
  readonly featureId?: FeatureId;
  /** The fee that was named in place of the profile whose usage it prices. Unset: none was. */
  readonly feeId?: FeeId;
}

/** What credits are counted in, and how usage burns them; or money, which bills and invoices burn. */
export interface CreditUnit {
  readonly id: CreditUnitId;
  /** Unique in the organisation. */
  readonly code: string;
  readonly name: string;
  /** At least one, of money none; each meter profile once. */
  readonly rates: readonly CreditRate[];
  readonly overage: Overage;
  /** ISO 4217: of money. */
  readonly currencyCode?: string;
  /** By the organisation's clock. */
  readonly createMs: number;
}

/** A unit as it was asked for: nothing is checked. */
export interface CreditUnitDraft extends Omit<CreditUnit, 'id' | 'createMs' | 'rates'> {
  readonly rates: readonly {
    /** What the request named, one of them; not known to be an id. */
    readonly meterProfile?: { readonly meterId: string; readonly profile: string };
    readonly featureId?: string;
    readonly feeId?: string;
    readonly amount: Decimal;
  }[];
}

/** How many credits a unit of the profile's usage burns. Undefined: it burns none. */
export function rateOf(
  { rates }: Pick<CreditUnit, 'rates'>,
  profile: MeterProfile,
): Decimal | undefined {
  const key = profileKey(profile);
  return rates.find(({ meterProfile }) => profileKey(meterProfile) === key)?.amount;
}

/** What is wrong with a unit; empty when nothing is. */
export function unitViolations({
  rates,
  overage,
  currencyCode,
}: Pick<CreditUnit, 'rates' | 'overage' | 'currencyCode'>): Violation[] {
  if (currencyCode === undefined)
    return rates.length > 0
      ? rateViolations(rates)
      : [{ field: 'rates', description: 'must have at least one, or set currency_code' }];
  return [
    ...(isCurrency(currencyCode)
      ? []
      : [{ field: 'currency_code', description: 'must be an ISO 4217 code such as "USD"' }]),
    ...(rates.length === 0
      ? []
      : [{ field: 'rates', description: 'must be empty: what is billed burns money' }]),
    ...(overage === 'left'
      ? []
      : [{ field: 'overage', description: 'must be unset: what no money covers is to be paid' }]),
  ];
}

function rateViolations(rates: readonly CreditRate[]): Violation[] {
  const keys = rates.map(({ meterProfile: { meterId, profile } }) => `${meterId} ${profile}`);
  return rates.flatMap(({ amount }, index) => [
    ...(amount.isZero()
      ? [{ field: `rates[${index}].amount`, description: 'must be above 0' }]
      : []),
    ...(keys.indexOf(keys[index] ?? '') < index
      ? [{ field: `rates[${index}].meter_profile`, description: 'stands in an earlier rate' }]
      : []),
  ]);
}
