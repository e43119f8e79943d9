import { assert, invalid, precondition } from '@billingrails/errors';
import type { FeeId, OrganisationId } from '@billingrails/ids';
import { feeViolations, ownFeeViolations, type Fee, type FeeDraft } from '../domain/fee';
import { tooManyFees } from '../domain/fee-limits';
import { resolveFees, type FeeParts, type ResolvedFee } from './resolve-fees';

/** Checks a fee that is to be added to a plan, or to a subscription as its own, and finds its meter profile. */
export async function prepareFee(
  parts: FeeParts,
  organisationId: OrganisationId,
  draft: FeeDraft,
  { isOwn, signal }: { readonly isOwn: boolean; readonly signal: AbortSignal },
): Promise<ResolvedFee> {
  const violations = [
    ...feeViolations(draft, 'fee'),
    ...(isOwn ? ownFeeViolations(draft, 'fee') : []),
  ];
  if (violations.length > 0) throw invalid('FEE_INVALID', 'The fee cannot be added.', violations);
  const [resolved] = await resolveFees(parts, organisationId, [draft], () => 'fee', signal);
  assert(resolved !== undefined, 'one draft gives one fee');
  return resolved;
}

/** The fee as it is added behind `present`. Throws a DomainError of kind precondition when there is no room. */
export function addedFee(
  present: readonly Fee[],
  prepared: ResolvedFee,
  id: FeeId,
  createMs: number,
): Fee {
  const fee: Fee = { ...prepared, id, createMs };
  const excess = tooManyFees([...present, fee]);
  if (excess !== undefined)
    throw precondition(
      'TOO_MANY_FEES',
      `There is no room for the fee: what it is added to ${excess}.`,
    );
  return fee;
}
