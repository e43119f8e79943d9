import { assert, precondition, type DomainError } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { FeeDraft, MeterProfile } from '../domain/fee';
import { mapBounded } from './bounded';
import type { Metering } from './metering';

/** Meters looked up at the same time for one request. */
const LOOKUPS_AT_ONCE = 8;

/** A draft whose meter profile exists, under its code. */
export type ResolvedFee = Omit<FeeDraft, 'meterProfile'> & { readonly meterProfile?: MeterProfile };

/** A reference to a meter profile and the path of the field that holds it. */
interface Reference {
  readonly path: string;
  readonly meterProfile: { readonly meterId: string; readonly profile: string };
}

/**
 * Asks metering for the profiles of the drafts, each once. `pathOf` names a draft's field. Throws a DomainError of
 * kind precondition that lists every profile which does not exist or whose meter is archived.
 */
export async function resolveFees(
  metering: Metering,
  organisationId: OrganisationId,
  drafts: readonly FeeDraft[],
  pathOf: (index: number) => string,
  signal?: AbortSignal,
): Promise<ResolvedFee[]> {
  const usageDrafts = drafts.flatMap((draft, index) =>
    draft.meterProfile === undefined
      ? []
      : [{ draft, path: `${pathOf(index)}.meter_profile`, meterProfile: draft.meterProfile }],
  );
  const profiles = await resolveAll(metering, organisationId, usageDrafts, signal);
  const resolved = new Map(usageDrafts.map(({ draft }, index) => [draft, profiles[index]]));
  return drafts.map((draft) => {
    const { meterProfile: _, ...rest } = draft;
    const meterProfile = resolved.get(draft);
    return meterProfile === undefined ? rest : { ...rest, meterProfile };
  });
}

/** Resolves one reference, of a field called meter_profile; see `resolveFees`. */
export async function resolveProfile(
  metering: Metering,
  organisationId: OrganisationId,
  meterProfile: Reference['meterProfile'],
  signal?: AbortSignal,
): Promise<MeterProfile> {
  const [resolved] = await resolveAll(
    metering,
    organisationId,
    [{ path: 'meter_profile', meterProfile }],
    signal,
  );
  assert(resolved !== undefined, 'what is missing was refused');
  return resolved;
}

async function resolveAll(
  metering: Metering,
  organisationId: OrganisationId,
  references: readonly Reference[],
  signal: AbortSignal | undefined,
): Promise<MeterProfile[]> {
  const meterIds = [...new Set(references.map(({ meterProfile }) => meterProfile.meterId))];
  const found = await mapBounded(meterIds, LOOKUPS_AT_ONCE, (meterId) =>
    metering.meterInUse(organisationId, meterId, signal),
  );
  const meters = new Map(meterIds.map((meterId, index) => [meterId, found[index]]));
  const resolved = references.map((reference) => {
    const meter = meters.get(reference.meterProfile.meterId);
    const profile = reference.meterProfile.profile || meter?.defaultProfile;
    return meter !== undefined && profile !== undefined && meter.profiles.includes(profile)
      ? { meterId: meter.meterId, profile }
      : undefined;
  });
  const missing = references.filter((_, index) => resolved[index] === undefined);
  if (missing.length > 0) throw unusable(missing);
  return resolved.flatMap((profile) => (profile === undefined ? [] : [profile]));
}

function unusable(references: readonly Reference[]): DomainError {
  return precondition(
    'METER_PROFILE_UNAVAILABLE',
    'A meter profile does not exist, or its meter is archived.',
    references.map(({ path }) => ({
      field: path,
      description: 'names no profile of a meter in use',
    })),
  );
}
