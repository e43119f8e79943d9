import { notFound } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { ServiceParts } from '../../service-parts';
import type { CreditGrant } from '../domain/credit-grant';
import type { CreditUnit } from '../domain/credit-unit';

/** The unit of credits. Throws a DomainError of kind not_found where there is none of that id. */
export async function existingUnit(
  { creditUnits }: Pick<ServiceParts, 'creditUnits'>,
  organisationId: OrganisationId,
  id: string,
): Promise<CreditUnit> {
  const unit = await creditUnits.find(organisationId, id);
  if (unit === undefined)
    throw notFound('CREDIT_UNIT_NOT_FOUND', 'There is no unit of credits of that id.');
  return unit;
}

/** The grant of credits. Throws a DomainError of kind not_found where there is none of that id. */
export async function existingGrant(
  { creditGrants }: Pick<ServiceParts, 'creditGrants'>,
  organisationId: OrganisationId,
  id: string,
  session?: ClientSession,
): Promise<CreditGrant> {
  const grant = await creditGrants.find(organisationId, id, session);
  if (grant === undefined)
    throw notFound('CREDIT_GRANT_NOT_FOUND', 'There is no grant of credits of that id.');
  return grant;
}
