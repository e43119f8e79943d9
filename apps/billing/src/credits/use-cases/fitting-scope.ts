import type { Violation } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { findFees } from '../../catalogue/use-cases/find-fees';
import type { ServiceParts } from '../../service-parts';
import type { CreditCategory } from '../domain/credit-grant';
import { scopeViolations, scopeWithFees, type CreditScope } from '../domain/credit-scope';
import type { CreditUnit } from '../domain/credit-unit';

/** What credits of a unit are to cover, with the profiles that its fees price; or what is wrong with it. */
export async function fittingScope(
  parts: Pick<ServiceParts, 'plans' | 'subscriptions'>,
  session: ClientSession,
  organisationId: OrganisationId,
  unit: CreditUnit,
  draft: { readonly scope?: CreditScope; readonly category: CreditCategory },
): Promise<{ readonly scope?: CreditScope; readonly violations: readonly Violation[] }> {
  const { scope } = draft;
  if (scope === undefined) return { violations: [] };
  // What covers charges is found by the fee's id alone.
  const burning = unit.currencyCode === undefined ? scope.feeIds : [];
  const fees = await findFees(parts, organisationId, burning, session);
  return {
    scope: scopeWithFees(scope, fees),
    violations: scopeViolations(unit, draft, fees),
  };
}
