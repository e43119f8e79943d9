import {
  CreditCategory,
  type CreditScope as CreditScopeMessage,
} from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import type { CreateCreditGrantRequest } from '@billingrails/contracts/billingrails/billing/v1/credit_service_pb';
import { invalid } from '@billingrails/errors';
import { idProblem, parseId, type OrganisationId } from '@billingrails/ids';
import { fromTimestamp } from '@billingrails/rpc';
import { plainDecimal } from '@billingrails/money';
import { resolveProfiles } from '../../catalogue/use-cases/resolve-fees';
import type { ServiceParts } from '../../service-parts';
import type { CreditScope } from '../domain/credit-scope';
import type { CreditGrantDraft } from '../use-cases/grant-credits';

/** What a request asks to grant, with the profiles that it names looked up. */
export async function grantDraftOf(
  { metering }: Pick<ServiceParts, 'metering'>,
  organisationId: OrganisationId,
  request: CreateCreditGrantRequest,
  signal: AbortSignal,
): Promise<CreditGrantDraft> {
  const { accountId, creditUnitId, amount, category, priority, memo } = request;
  const { effectiveTime, expiryTime, scope } = request;
  return {
    ...{ accountId, creditUnitId, priority, memo },
    amount: plainDecimal(amount),
    category: category === CreditCategory.PROMOTIONAL ? 'promotional' : 'paid',
    ...(effectiveTime === undefined
      ? {}
      : { effectiveMs: fromTimestamp(effectiveTime, 'effective_time') }),
    ...(expiryTime === undefined ? {} : { expiryMs: fromTimestamp(expiryTime, 'expiry_time') }),
    ...(scope === undefined
      ? {}
      : { scope: await scopeOf({ metering }, organisationId, scope, signal) }),
  };
}

/** What a grant is to cover, with the profiles that it names looked up. */
export async function scopeOf(
  { metering }: Pick<ServiceParts, 'metering'>,
  organisationId: OrganisationId,
  { feeIds, meterProfiles }: CreditScopeMessage,
  signal: AbortSignal,
): Promise<CreditScope> {
  const violations = [
    ...(feeIds.length + meterProfiles.length === 0
      ? [{ field: 'scope', description: 'must name a fee or a meter profile, or be unset' }]
      : []),
    ...feeIds.flatMap((id, index) => {
      if (parseId('fee', id) !== undefined) return [];
      const description = idProblem('fee', id) ?? 'is the id of no fee';
      return [{ field: `scope.fee_ids[${index}]`, description }];
    }),
  ];
  if (violations.length > 0)
    throw invalid('CREDIT_GRANT_INVALID', 'The credits cannot be granted.', violations);
  const references = meterProfiles.map((meterProfile, index) => {
    return { path: `scope.meter_profiles[${index}]`, meterProfile };
  });
  return {
    feeIds: feeIds.flatMap((id) => parseId('fee', id) ?? []),
    meterProfiles: await resolveProfiles(metering, organisationId, references, signal),
  };
}
