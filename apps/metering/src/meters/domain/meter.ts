import { invalid, notFound, precondition, type Violation } from '@billingrails/errors';
import type { MeterId, OrganisationId } from '@billingrails/ids';
import type { Profile, ProfileVersion } from './profile';
import { textLengthOf } from './profile-draft';

/** Whether a meter may be attached to something new. An archived one goes on counting. */
export type MeterStatus = 'active' | 'archived';

/** Turns the events of one name into quantities, by one or more profiles. */
export interface Meter {
  readonly id: MeterId;
  readonly organisationId: OrganisationId;
  readonly name: string;
  readonly eventName: string;
  readonly status: MeterStatus;
  /** The path of the property that names an event's account. The same for all meters of an event name. */
  readonly accountProperty: string;
  /** Every version of at least one profile, in the order they were added. */
  readonly profiles: readonly Profile[];
  /** The code of the profile that is used where none is named. */
  readonly defaultProfile: string;
  readonly createTimeMs: number;
  readonly updateTimeMs: number;
}

export const ACCOUNT_PROPERTY_DEFAULT = 'billingrails_account_id';
const PROFILES_MAX = 50;
const VERSIONS_MAX = 200;
/** All texts and values that a meter's filters hold: keeps it far below the 16 MiB of a document. */
export const METER_TEXT_LENGTH_MAX = 524_288;

/** What to change; what is undefined stays. */
export interface MeterChange {
  readonly name: string | undefined;
  readonly status: MeterStatus | undefined;
  readonly defaultProfile: string | undefined;
}

/** The meter with its changes. Throws `not_found` when it has no profile of that code to be its default. */
export function changeMeter(meter: Meter, change: MeterChange, nowMs: number): Meter {
  if (change.defaultProfile !== undefined) profileOf(meter, change.defaultProfile);
  return {
    ...meter,
    name: change.name ?? meter.name,
    status: change.status ?? meter.status,
    defaultProfile: change.defaultProfile ?? meter.defaultProfile,
    updateTimeMs: nowMs,
  };
}

/** The meter with one more profile. Throws `precondition` when it is full or the code is taken. */
export function addProfile(meter: Meter, profile: Profile): Meter {
  if (meter.profiles.some(({ code }) => code === profile.code)) {
    throw precondition(
      'PROFILE_CODE_TAKEN',
      `The meter already has a profile "${profile.code}". Choose another code, or revise the profile.`,
      [{ field: 'profile.code', description: 'is taken' }],
    );
  }
  return withProfile(meter, profile);
}

/**
 * The meter with a new version of one of its profiles, `effectiveFromMs` onwards. Throws `not_found` when it has no
 * such code, `precondition` when the two versions could not be put together into one quantity, the new one begins not
 * after the last, or the meter is full.
 */
export function reviseProfile(
  meter: Meter,
  revision: Omit<Profile, 'version'> & { readonly effectiveFromMs: number },
): Meter {
  const last = profileOf(meter, revision.code);
  const violations = [
    ...sameViolation('profile.aggregation_method', last.method === revision.method),
    ...sameViolation('profile.recurring', last.recurring === revision.recurring),
    ...sameViolation('profile.aggregation_time_window', last.timeWindow === revision.timeWindow),
  ];
  if (violations.length > 0) {
    const text =
      'A new version aggregates as the one before. To aggregate otherwise, add a profile.';
    throw precondition('PROFILE_REVISION_DIFFERS', text, violations);
  }
  if (last.effectiveFromMs !== undefined && revision.effectiveFromMs <= last.effectiveFromMs) {
    const after = new Date(last.effectiveFromMs).toISOString();
    const text = `Version ${last.version} of the profile is in force from ${after}; a new one begins later.`;
    const description = `must be after ${after}`;
    throw precondition('PROFILE_REVISION_EARLY', text, [{ field: 'effective_time', description }]);
  }
  return withProfile(meter, { ...revision, version: last.version + 1 });
}

/** The newest version of the profile of a code, or with an empty code the default one. Throws `not_found`. */
export function profileOf(meter: Meter, code: string): Profile {
  const versions = versionsOf(meter, code);
  const newest = versions.at(-1);
  if (newest === undefined) {
    const codes = [...new Set(meter.profiles.map((profile) => profile.code))];
    throw notFound(
      'PROFILE_NOT_FOUND',
      `The meter has no profile "${code || meter.defaultProfile}"; it has ${codes.join(', ')}.`,
    );
  }
  return newest.profile;
}

/**
 * The versions of the profile of a code, or with an empty code of the default one, oldest first. Their times touch, and
 * together they are all time. None when there is no such profile.
 */
export function versionsOf(
  { profiles, defaultProfile }: Pick<Meter, 'profiles' | 'defaultProfile'>,
  code: string,
): ProfileVersion[] {
  const wanted = code === '' ? defaultProfile : code;
  const versions = profiles
    .filter((profile) => profile.code === wanted)
    .sort((a, b) => a.version - b.version);
  return versions.map((profile, index) => ({
    profile,
    fromMs: profile.effectiveFromMs ?? -Infinity,
    toMs: versions[index + 1]?.effectiveFromMs ?? Infinity,
  }));
}

/** As of which versions of a profile usage is counted. */
export interface VersionChoice {
  /** Up to this version; undefined: up to the newest. */
  readonly version?: number | undefined;
  /** Up to the newest that there was at an instant, of a profile that did not exist then the first; undefined: now. */
  readonly knownAtMs?: number | undefined;
}

/**
 * The meter as it was when a version of one of its profiles was the newest, so that what was counted then can be
 * counted again: later revisions, also past-dated ones, are left out. Throws `invalid` for a version that there is not.
 */
export function asOfVersion(meter: Meter, code: string, choice: VersionChoice): Meter {
  const { version, knownAtMs = Infinity } = choice;
  const newest = profileOf(meter, code);
  if (version !== undefined && version > newest.version) {
    const description = `must be at most ${newest.version}, the newest version of the profile "${newest.code}"`;
    throw invalid('USAGE_QUERY_INVALID', 'The usage query is not valid.', [
      { field: 'profile_version', description },
    ]);
  }
  const isLater = (profile: Profile) =>
    version === undefined
      ? profile.version > 1 && profile.createTimeMs > knownAtMs
      : profile.version > version;
  const later = meter.profiles.filter(
    (profile) => profile.code === newest.code && isLater(profile),
  );
  return withoutProfiles(
    meter,
    later.map(({ number }) => number),
  );
}

/** The versions of all profiles of a meter. */
export function allVersionsOf(meter: Pick<Meter, 'profiles' | 'defaultProfile'>): ProfileVersion[] {
  const codes = new Set(meter.profiles.map(({ code }) => code));
  return [...codes].flatMap((code) => versionsOf(meter, code));
}

/**
 * The meter as it would be without some profiles, by number: a version before one of them is in force for as long as
 * the next that is left allows.
 */
export function withoutProfiles(meter: Meter, numbers: readonly number[]): Meter {
  return { ...meter, profiles: meter.profiles.filter(({ number }) => !numbers.includes(number)) };
}

function withProfile(meter: Meter, profile: Profile): Meter {
  const profiles = [...meter.profiles, profile];
  const codes = new Set(profiles.map(({ code }) => code));
  if (codes.size > PROFILES_MAX || profiles.length > VERSIONS_MAX) {
    const most = `${PROFILES_MAX} profiles, in ${VERSIONS_MAX} versions in all`;
    throw precondition('METER_FULL', `A meter holds at most ${most}.`);
  }
  if (textLengthOf(profiles) > METER_TEXT_LENGTH_MAX) {
    const most = `${METER_TEXT_LENGTH_MAX} characters of text in all`;
    throw precondition('METER_FULL', `A meter's filters hold at most ${most}.`);
  }
  return { ...meter, profiles, updateTimeMs: profile.createTimeMs };
}

function sameViolation(field: string, isSame: boolean): Violation[] {
  return isSame ? [] : [{ field, description: 'differs from the version before' }];
}

/**
 * Throws `precondition` when a meter of the same event name maps accounts by another property: an event has one
 * account, whichever meter looks at it.
 */
export function checkAccountMapping(
  accountProperty: string,
  others: readonly Pick<Meter, 'id' | 'accountProperty'>[],
): void {
  const other = others.find((meter) => meter.accountProperty !== accountProperty);
  if (other === undefined) return;
  throw precondition(
    'ACCOUNT_MAPPING_DIFFERS',
    `Meter ${other.id} maps this event name's accounts by "${other.accountProperty}". ` +
      'All meters of an event name share one account mapping.',
    [{ field: 'account_mapping.event_property', description: 'differs from the other meters' }],
  );
}
