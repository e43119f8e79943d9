import { conflict, invalid, precondition, type Violation } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { resolveDivisibleProfiles } from '../../catalogue/use-cases/resolve-fees';
import type { ServiceParts } from '../../service-parts';
import {
  unitViolations,
  type CreditRate,
  type CreditUnit,
  type CreditUnitDraft,
} from '../domain/credit-unit';

/** A unit of credits that is to be made, its profiles found. */
export type ResolvedUnit = Omit<CreditUnit, 'id' | 'createMs'>;

/**
 * Finds the meter profiles of a unit's rates, and the features that stand for them. Throws a DomainError that names
 * every violation of the unit.
 */
export async function resolveUnit(
  parts: Pick<ServiceParts, 'metering' | 'features'>,
  organisationId: OrganisationId,
  draft: CreditUnitDraft,
  signal: AbortSignal,
): Promise<ResolvedUnit> {
  const references = await profilesOf(parts, organisationId, draft);
  const found = await resolveDivisibleProfiles(parts.metering, organisationId, references, signal);
  const rates = draft.rates.flatMap(({ amount }, index): CreditRate[] => {
    const meterProfile = found[index];
    const { featureId } = references[index] ?? {};
    if (meterProfile === undefined) return [];
    return [{ meterProfile, amount, ...(featureId === undefined ? {} : { featureId }) }];
  });
  const unit = { ...draft, rates };
  const violations = unitViolations(unit);
  if (violations.length > 0)
    throw invalid('CREDIT_UNIT_INVALID', 'The unit cannot be created.', violations);
  return unit;
}

/** What each rate names: its profile, or that of its feature. */
async function profilesOf(
  { features }: Pick<ServiceParts, 'features'>,
  organisationId: OrganisationId,
  { rates }: CreditUnitDraft,
) {
  const unclear = rates.flatMap(({ meterProfile, featureId }, index): Violation[] =>
    (meterProfile === undefined) === (featureId === undefined)
      ? [{ field: `rates[${index}]`, description: 'must have a meter_profile or a feature_id' }]
      : [],
  );
  if (unclear.length > 0)
    throw invalid('CREDIT_UNIT_INVALID', 'The unit cannot be created.', unclear);
  const asked = rates.flatMap(({ featureId }) => featureId ?? []);
  const found = asked.length === 0 ? undefined : await features.findMany(organisationId, asked);
  const missing = rates.flatMap(({ featureId }, index): Violation[] => {
    if (featureId === undefined || found?.get(featureId)?.meterProfile !== undefined) return [];
    return [{ field: `rates[${index}].feature_id`, description: 'names no metered feature' }];
  });
  if (missing.length > 0)
    throw precondition(
      'CREDIT_UNIT_UNRESOLVED',
      'A feature does not exist, or is not metered.',
      missing,
    );
  return rates.flatMap(({ meterProfile, featureId }, index) => {
    const feature = featureId === undefined ? undefined : found?.get(featureId);
    const named = feature?.meterProfile ?? meterProfile;
    const path = `rates[${index}].${feature === undefined ? 'meter_profile' : 'feature_id'}`;
    return named === undefined ? [] : [{ path, meterProfile: named, featureId: feature?.id }];
  });
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
