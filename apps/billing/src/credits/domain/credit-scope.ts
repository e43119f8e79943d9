import type { Violation } from '@billingrails/errors';
import type { FeeId } from '@billingrails/ids';
import { profileKey, type Fee, type MeterProfile } from '../../catalogue/domain/fee';
import { rateOf, type CreditUnit } from './credit-unit';

/** What a grant of credits covers: what any of its lists names. */
export interface CreditScope {
  readonly feeIds: readonly FeeId[];
  readonly meterProfiles: readonly MeterProfile[];
  /** Of credits that usage burns: the profiles whose usage the fees price. Unset: of money, or without fees. */
  readonly feeProfiles?: readonly MeterProfile[];
}

/** Whether a grant covers usage of a profile, or what is charged for it. */
export function coversProfile(scope: CreditScope | undefined, profile: MeterProfile): boolean {
  return coversKey(scope, profileKey(profile));
}

/** The same by the profile's key. */
export function coversKey(scope: CreditScope | undefined, key: string): boolean {
  if (scope === undefined) return true;
  const { meterProfiles, feeProfiles = [] } = scope;
  return [...meterProfiles, ...feeProfiles].some((each) => profileKey(each) === key);
}

/** Whether a grant covers what a fee charges, perhaps for usage of a profile. */
export function coversFee(
  scope: CreditScope | undefined,
  feeId: FeeId | undefined,
  profile: MeterProfile | undefined,
): boolean {
  if (scope === undefined) return true;
  if (feeId !== undefined && scope.feeIds.includes(feeId)) return true;
  return profile !== undefined && coversProfile(scope, profile);
}

/** What is wrong with what a grant of a unit is limited to, whose fees are those; empty when nothing is. */
export function scopeViolations(
  unit: Pick<CreditUnit, 'currencyCode' | 'rates'>,
  { scope, category }: { readonly scope?: CreditScope; readonly category: 'paid' | 'promotional' },
  fees: ReadonlyMap<string, Fee>,
): Violation[] {
  if (scope === undefined) return [];
  if (unit.currencyCode !== undefined)
    return category === 'promotional'
      ? []
      : [{ field: 'scope', description: 'must be unset for paid credits in money' }];
  return [
    ...scope.feeIds.flatMap((id, index): Violation[] => {
      const profile = fees.get(id)?.meterProfile;
      if (profile !== undefined && rateOf(unit, profile) !== undefined) return [];
      const description = 'must be a fee that prices usage which the unit has a rate for';
      return [{ field: `scope.fee_ids[${index}]`, description }];
    }),
    ...scope.meterProfiles.flatMap((profile, index): Violation[] => {
      if (rateOf(unit, profile) !== undefined) return [];
      const description = 'must be one that the unit has a rate for';
      return [{ field: `scope.meter_profiles[${index}]`, description }];
    }),
  ];
}

/** What a grant of a unit that usage burns covers, with the profiles whose usage its fees price. */
export function scopeWithFees(scope: CreditScope, fees: ReadonlyMap<string, Fee>): CreditScope {
  const feeProfiles = scope.feeIds.flatMap((id) => fees.get(id)?.meterProfile ?? []);
  return feeProfiles.length === 0 ? scope : { ...scope, feeProfiles };
}
