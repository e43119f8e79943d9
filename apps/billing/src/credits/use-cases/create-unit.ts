import { conflict, invalid, precondition, type Violation } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { resolveDivisibleProfiles } from '../../catalogue/use-cases/resolve-fees';
import { findFees } from '../../catalogue/use-cases/find-fees';
import type { Feature } from '../../entitlements/domain/feature';
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
  parts: Pick<ServiceParts, 'metering' | 'features' | 'plans' | 'subscriptions'>,
  organisationId: OrganisationId,
  draft: CreditUnitDraft,
  signal: AbortSignal,
): Promise<ResolvedUnit> {
  const references = await profilesOf(parts, organisationId, draft);
  const found = await resolveDivisibleProfiles(parts.metering, organisationId, references, signal);
  const rates = draft.rates.flatMap(({ amount }, index): CreditRate[] => {
    const meterProfile = found[index];
    const { featureId, feeId } = references[index] ?? {};
    if (meterProfile === undefined) return [];
    return [{ meterProfile, amount, ...(featureId && { featureId }), ...(feeId && { feeId }) }];
  });
  const unit = { ...draft, rates };
  const violations = unitViolations(unit);
  if (violations.length > 0)
    throw invalid('CREDIT_UNIT_INVALID', 'The unit cannot be created.', violations);
  return unit;
}

/** What each rate names: its profile, that of its feature, or that whose usage its fee prices. */
async function profilesOf(
  parts: Pick<ServiceParts, 'features' | 'plans' | 'subscriptions'>,
  organisationId: OrganisationId,
  { rates }: CreditUnitDraft,
) {
  const unclear = rates.flatMap(({ meterProfile, featureId, feeId }, index): Violation[] =>
    [meterProfile, featureId, feeId].filter((each) => each !== undefined).length === 1
      ? []
      : [{ field: `rates[${index}]`, description: NAMED }],
  );
  if (unclear.length > 0)
    throw invalid('CREDIT_UNIT_INVALID', 'The unit cannot be created.', unclear);
  const featureIds = rates.flatMap(({ featureId }) => featureId ?? []);
  const features =
    featureIds.length === 0
      ? new Map<string, Feature>()
      : await parts.features.findMany(organisationId, featureIds);
  const feeIds = rates.flatMap(({ feeId }) => feeId ?? []);
  const fees = await findFees(parts, organisationId, feeIds);
  const named = rates.map((rate, index) => {
    const feature = features.get(rate.featureId ?? '');
    const fee = fees.get(rate.feeId ?? '');
    const by = rate.featureId === undefined ? 'fee_id' : 'feature_id';
    const field = rate.meterProfile === undefined ? by : 'meter_profile';
    const meterProfile = rate.meterProfile ?? feature?.meterProfile ?? fee?.meterProfile;
    const of = { path: `rates[${index}].${field}`, featureId: feature?.id, feeId: fee?.id };
    return { ...of, meterProfile };
  });
  const missing = named.flatMap(({ path: field, meterProfile }): Violation[] => {
    if (meterProfile !== undefined) return [];
    return [{ field, description: field.endsWith('.fee_id') ? NO_FEE : NO_FEATURE }];
  });
  if (missing.length > 0)
    throw precondition(
      'CREDIT_UNIT_UNRESOLVED',
      'A feature or a fee does not exist, or counts no usage.',
      missing,
    );
  return named.flatMap(({ meterProfile, ...of }) =>
    meterProfile === undefined ? [] : [{ ...of, meterProfile }],
  );
}

const NAMED = 'must have a meter_profile, a feature_id or a fee_id';
const NO_FEATURE = 'names no metered feature';
const NO_FEE = 'names no fee that prices usage';

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
