import { conflict, invalid } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { resolveDivisibleProfiles } from '../../catalogue/use-cases/resolve-fees';
import type { ServiceParts } from '../../service-parts';
import { unitViolations, type CreditUnit, type CreditUnitDraft } from '../domain/credit-unit';

/** A unit of credits that is to be made, its profiles found. */
export type ResolvedUnit = Omit<CreditUnit, 'id' | 'createMs'>;

/** Finds the meter profiles of a unit's rates. Throws a DomainError that names every violation of the unit. */
export async function resolveUnit(
  metering: ServiceParts['metering'],
  organisationId: OrganisationId,
  draft: CreditUnitDraft,
  signal: AbortSignal,
): Promise<ResolvedUnit> {
  const references = draft.rates.map(({ meterProfile }, index) => ({
    path: `rates[${index}].meter_profile`,
    meterProfile,
  }));
  const found = await resolveDivisibleProfiles(metering, organisationId, references, signal);
  const rates = draft.rates.flatMap(({ amount }, index) => {
    const meterProfile = found[index];
    return meterProfile === undefined ? [] : [{ meterProfile, amount }];
  });
  const unit = { ...draft, rates };
  const violations = unitViolations(unit);
  if (violations.length > 0)
    throw invalid('CREDIT_UNIT_INVALID', 'The unit cannot be created.', violations);
  return unit;
}

/** Keeps a unit. Throws a DomainError of kind conflict where its code or currency has one. */
export async function createUnit(
  { creditUnits, clocks, ids }: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  draft: ResolvedUnit,
): Promise<CreditUnit> {
  if ((await creditUnits.findByCode(organisationId, draft.code, session)) !== undefined)
    throw conflict('CREDIT_UNIT_EXISTS', 'There is a unit of credits of that code.');
  const currencies = draft.currencyCode === undefined ? [] : [draft.currencyCode];
  if ((await creditUnits.ofCurrencies(organisationId, currencies, session)).size > 0)
    throw conflict('CREDIT_UNIT_EXISTS', 'There is a unit of credits of that currency.');
  const { nowMs: createMs } = await clocks.present(organisationId, session);
  const unit: CreditUnit = { id: ids.next('cun'), ...draft, createMs };
  await creditUnits.insert(organisationId, unit, session);
  return unit;
}
