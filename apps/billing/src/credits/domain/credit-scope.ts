import type { Violation } from '@billingrails/errors';
import type { FeeId } from '@billingrails/ids';
import { profileKey, type MeterProfile } from '../../catalogue/domain/fee';
import { rateOf, type CreditUnit } from './credit-unit';

/** What a grant of credits covers: what any of its lists names. */
export interface CreditScope {
  /** Of promotional credits in money alone: usage burns others whatever prices it. */
  readonly feeIds: readonly FeeId[];
  readonly meterProfiles: readonly MeterProfile[];
}

/** Whether a grant covers usage of a profile, or what is charged for it. */
export function coversProfile(scope: CreditScope | undefined, profile: MeterProfile): boolean {
  return coversKey(scope, profileKey(profile));
}

/** The same by the profile's key. */
export function coversKey(scope: CreditScope | undefined, key: string): boolean {
  if (scope === undefined) return true;
  return scope.meterProfiles.some((each) => profileKey(each) === key);
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

/** What is wrong with what a grant of a unit is limited to; empty when nothing is. */
export function scopeViolations(
  unit: Pick<CreditUnit, 'currencyCode' | 'rates'>,
  { scope, category }: { readonly scope?: CreditScope; readonly category: 'paid' | 'promotional' },
): Violation[] {
  if (scope === undefined) return [];
  if (unit.currencyCode !== undefined)
    return category === 'promotional'
      ? []
      : [{ field: 'scope', description: 'must be unset for paid credits in money' }];
  return [
    ...(scope.feeIds.length === 0
      ? []
      : [{ field: 'scope.fee_ids', description: 'must be empty: usage burns the credits' }]),
    ...scope.meterProfiles.flatMap((profile, index) =>
      rateOf(unit, profile) !== undefined
        ? []
        : [
            {
              field: `scope.meter_profiles[${index}]`,
              description: 'must be one that the unit has a rate for',
            },
          ],
    ),
  ];
}
