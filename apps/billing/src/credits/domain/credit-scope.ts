import type { Violation } from '@billingrails/errors';
import type { FeeId } from '@billingrails/ids';
import { profileKey, type MeterProfile } from '../../catalogue/domain/fee';
import type { CreditUnit } from './credit-unit';

/** What a grant of credits covers: what any of its lists names. */
export interface CreditScope {
  /** Of promotional credits in money alone. */
  readonly feeIds: readonly FeeId[];
  readonly meterProfiles: readonly MeterProfile[];
}

/** Whether a grant covers usage of a profile, or what is charged for it. */
export function coversProfile(scope: CreditScope | undefined, profile: MeterProfile): boolean {
  if (scope === undefined) return true;
  return scope.meterProfiles.some((each) => profileKey(each) === profileKey(profile));
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
  { currencyCode }: Pick<CreditUnit, 'currencyCode'>,
  { scope, category }: { readonly scope?: CreditScope; readonly category: 'paid' | 'promotional' },
): Violation[] {
  if (scope === undefined || (currencyCode !== undefined && category === 'promotional')) return [];
  return [{ field: 'scope', description: 'must be unset but for promotional credits in money' }];
}
