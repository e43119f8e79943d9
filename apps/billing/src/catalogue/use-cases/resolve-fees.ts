import { assert, precondition, type Violation } from '@billingrails/errors';
import { parseId, type OrganisationId, type ProductId } from '@billingrails/ids';
import { readsTransactions, type GroupPrice } from '@billingrails/rating';
import { mapBounded } from '@billingrails/waits';
import type { Fee, FeeDraft, GroupPriceDraft, MeterProfile } from '../domain/fee';
import type { ProductStore } from '../store/products';
import { refuseUnsold } from './products';
import type { FoundMeter, Metering } from '../../usage/metering';

/** Meters looked up at the same time for one request. */
const LOOKUPS_AT_ONCE = 8;

/** A draft whose meter profile exists, under its code, and has the groups that are priced. */
export type ResolvedFee = Omit<Fee, 'id' | 'createMs'>;

/** A reference to a meter profile and the path of the field that holds it. */
interface Reference {
  readonly path: string;
  readonly meterProfile: { readonly meterId: string; readonly profile: string };
}

/** What says what fees can be made of. */
export interface FeeParts {
  readonly metering: Metering;
  readonly products: ProductStore;
}

/**
 * Asks metering for the profiles of the drafts, each once. `pathOf` names a draft's field. Throws a DomainError of
 * kind precondition that lists every product of which no fee can be made, or else every profile which does not exist or
 * whose meter is archived, or else everything in the drafts that does not fit the profiles' groups.
 */
export async function resolveFees(
  { metering, products }: FeeParts,
  organisationId: OrganisationId,
  drafts: readonly FeeDraft[],
  pathOf: (index: number) => string,
  signal?: AbortSignal,
): Promise<ResolvedFee[]> {
  await refuseUnsold(products, organisationId, drafts, pathOf);
  const usageDrafts = drafts.flatMap((draft, index) =>
    draft.meterProfile === undefined
      ? []
      : [{ draft, path: `${pathOf(index)}.meter_profile`, meterProfile: draft.meterProfile }],
  );
  const counted = { metering, creditsCount: true };
  const profiles = await resolveAll(counted, organisationId, usageDrafts, signal);
  const resolved = new Map(usageDrafts.map(({ draft }, index) => [draft, profiles[index]]));
  const violations = drafts.flatMap((draft, index) =>
    groupingViolations(draft, resolved.get(draft)?.groupByCount ?? 0, pathOf(index)),
  );
  if (violations.length > 0)
    throw precondition(
      'METER_PROFILE_NOT_GROUPED',
      "A fee's groups are not those of its meter profile.",
      violations,
    );
  const notSummed = usageDrafts.filter(
    ({ draft }) =>
      [draft, ...(draft.otherPrices ?? [])].some(({ price }) => readsTransactions(price)) &&
      resolved.get(draft)?.isSumming !== true,
  );
  if (notSummed.length > 0)
    throw precondition(
      'METER_PROFILE_NOT_SUMMED',
      'A price with a minimum or maximum for each transaction needs to know what each is.',
      notSummed.map(({ path }) => ({
        field: `${path}.profile`,
        description: 'must sum what each event reports, neither recurring nor by time window',
      })),
    );
  return drafts.map((draft) => resolvedFee(draft, resolved.get(draft)?.meterProfile));
}

function resolvedFee(draft: FeeDraft, meterProfile: MeterProfile | undefined): ResolvedFee {
  const { name, price, unit, byGroup, inAdvance, once, byQuantity, counting } = draft;
  const { otherPrices = [] } = draft;
  return {
    name,
    price,
    unit,
    ...(meterProfile === undefined ? {} : { meterProfile }),
    ...(byGroup ? { groupPrices: draft.groupPrices.map(checkedGroupPrice) } : {}),
    ...(otherPrices.length === 0
      ? {}
      : {
          otherPrices: otherPrices.map(({ currencyCode, price: other, groupPrices }) => ({
            ...{ currencyCode, price: other },
            ...(byGroup ? { groupPrices: groupPrices.map(checkedGroupPrice) } : {}),
          })),
        }),
    ...(inAdvance === true ? { inAdvance } : {}),
    ...(once === true ? { once } : {}),
    ...(byQuantity === true ? { byQuantity } : {}),
    ...(counting === undefined ? {} : { counting }),
    ...(draft.productId === undefined ? {} : { productId: draft.productId as ProductId }),
  };
}

function checkedGroupPrice({ values, price }: GroupPriceDraft): GroupPrice {
  const checked = values.map((value) => {
    assert(value !== undefined, 'what can be no value of a group was refused');
    return value;
  });
  return { values: checked, price };
}

function groupingViolations(
  { byGroup, ...draft }: FeeDraft,
  groupByCount: number,
  path: string,
): Violation[] {
  if (byGroup && groupByCount === 0)
    return [
      { field: `${path}.by_group`, description: 'must be false: the profile has no group_by' },
    ];
  const lists = [
    { path, ...draft },
    ...(draft.otherPrices ?? []).map((other, index) => {
      return { path: `${path}.other_prices[${index}]`, ...other };
    }),
  ];
  return lists.flatMap(({ path: at, groupPrices }) =>
    groupPrices.flatMap(({ values }, index) =>
      values.length === groupByCount
        ? []
        : [
            {
              field: `${at}.group_prices[${index}].values`,
              description: `must be as many as the profile has group_by paths: ${groupByCount}`,
            },
          ],
    ),
  );
}

/** Resolves references; see `resolveFees`. */
export async function resolveProfiles(
  metering: Metering,
  organisationId: OrganisationId,
  references: readonly Reference[],
  signal?: AbortSignal,
): Promise<MeterProfile[]> {
  const resolved = await resolveAll({ metering }, organisationId, references, signal);
  return resolved.map(({ meterProfile }) => meterProfile);
}

/** Resolves one reference, of a field called meter_profile; see `resolveFees`. */
export async function resolveProfile(
  metering: Metering,
  organisationId: OrganisationId,
  meterProfile: Reference['meterProfile'],
  signal?: AbortSignal,
): Promise<MeterProfile> {
  const references = [{ path: 'meter_profile', meterProfile }];
  const [resolved] = await resolveProfiles(metering, organisationId, references, signal);
  assert(resolved !== undefined, 'what is missing was refused');
  return resolved;
}

/**
 * Resolves references to profiles whose usage is cut at any instant and must sum to the same; see `resolveFees`. Throws
 * a DomainError of kind precondition that lists those which come to something else.
 */
export async function resolveDivisibleProfiles(
  metering: Metering,
  organisationId: OrganisationId,
  references: readonly Reference[],
  signal?: AbortSignal,
): Promise<MeterProfile[]> {
  const resolved = await resolveAll({ metering }, organisationId, references, signal);
  const others = references.filter((_, index) => resolved[index]?.isDivisible !== true);
  if (others.length > 0)
    throw precondition(
      'METER_PROFILE_NOT_DIVISIBLE',
      'Credits are burned by usage that sums to the same wherever it is cut.',
      others.map(({ path }) => ({
        field: `${path}.profile`,
        description: 'must count, or sum over events or time, neither recurring nor by time window',
      })),
    );
  return resolved.map(({ meterProfile }) => meterProfile);
}

/** A profile that exists, how many group_by paths it has, and whether it sums what its events report. */
interface ResolvedProfile {
  readonly meterProfile: MeterProfile;
  readonly groupByCount: number;
  readonly isSumming: boolean;
  readonly isDivisible: boolean;
}

/** Where profiles are looked for. */
interface Counted {
  readonly metering: Metering;
  /** Whether what no credits cover is among them. Unset: not. */
  readonly creditsCount?: boolean;
}

async function resolveAll(
  { metering, creditsCount = false }: Counted,
  organisationId: OrganisationId,
  references: readonly Reference[],
  signal: AbortSignal | undefined,
): Promise<ResolvedProfile[]> {
  const meterIds = [...new Set(references.map(({ meterProfile }) => meterProfile.meterId))];
  const found = await mapBounded(meterIds, LOOKUPS_AT_ONCE, (meterId) =>
    creditsCount || parseId('cun', meterId) === undefined
      ? metering.findMeter(organisationId, meterId, signal)
      : Promise.resolve(undefined),
  );
  const meters = new Map(meterIds.map((meterId, index) => [meterId, found[index]]));
  const resolved = references.map((reference) =>
    resolve(reference, meters.get(reference.meterProfile.meterId)),
  );
  const violations = resolved.flatMap((each) => ('field' in each ? [each] : []));
  if (violations.length > 0)
    throw precondition(
      'METER_PROFILE_UNAVAILABLE',
      'A fee or feature cannot count by its meter profile.',
      violations,
    );
  return resolved.flatMap((each) => ('field' in each ? [] : [each]));
}

/** What is referred to, or why it cannot be used. */
function resolve(
  { path, meterProfile }: Reference,
  meter: FoundMeter | undefined,
): ResolvedProfile | Violation {
  if (meter === undefined)
    return { field: `${path}.meter_id`, description: 'there is no meter of this id' };
  const { meterId, groupByCounts, isArchived } = meter;
  if (isArchived) return { field: `${path}.meter_id`, description: 'the meter is archived' };
  const profile = meterProfile.profile || meter.defaultProfile;
  const groupByCount = groupByCounts.get(profile);
  const isSumming = meter.summing.has(profile);
  const isDivisible = meter.divisible.has(profile);
  if (groupByCount !== undefined)
    return { meterProfile: { meterId, profile }, groupByCount, isSumming, isDivisible };
  const codes = [...groupByCounts.keys()].join(', ');
  return {
    field: `${path}.profile`,
    description: `the meter has no such profile; it has ${codes}`,
  };
}
