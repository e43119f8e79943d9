import { invalid, type Violation } from '@billingrails/errors';
import { eventNameProblem, parsePath, pathProblem } from '@billingrails/filters';
import type { MeterId, OrganisationId, ProfileId } from '@billingrails/ids';
import { HOUR_MS } from '@billingrails/time';
import { ACCOUNT_PROPERTY_DEFAULT, METER_TEXT_LENGTH_MAX, type Meter } from './meter';
import type { Profile } from './profile';
import {
  readProfile,
  readProfiles,
  textLengthOf,
  type ProfileDraft,
  type ValidProfile,
} from './profile-draft';

/** A meter as a caller gives it. */
export interface MeterDraft {
  readonly name: string;
  readonly eventName: string;
  /** Empty for the default. */
  readonly accountProperty: string;
  readonly profiles: readonly ProfileDraft[];
  /** A code; empty for the first profile's. */
  readonly defaultProfile: string;
}

/** A draft that was found valid: a meter but for what the server gives it. */
export interface ValidMeter extends Omit<MeterDraft, 'profiles'> {
  readonly profiles: readonly ValidProfile[];
}

/** The valid form of a draft, with defaults filled in. Throws `invalid` with everything that is wrong. */
export function readMeter(draft: MeterDraft): ValidMeter {
  const accountProperty = draft.accountProperty || ACCOUNT_PROPERTY_DEFAULT;
  const profiles = readProfiles(draft.profiles, 'profiles');
  const valid = profiles.filter((profile) => 'code' in profile);
  const violations = [
    ...violationOf('event_name', eventNameProblem(draft.eventName)),
    ...violationOf('account_mapping.event_property', pathProblem(parsePath(accountProperty))),
    ...profiles.filter((profile) => 'field' in profile),
    ...violationOf('profiles', sizeProblem(valid)),
    ...violationOf('default_profile', defaultProblem(draft)),
  ];
  if (violations.length > 0) throw invalidMeter(violations);
  return {
    name: draft.name,
    eventName: draft.eventName,
    accountProperty,
    profiles: valid,
    defaultProfile: draft.defaultProfile || (draft.profiles[0]?.code ?? ''),
  };
}

/** Throws `invalid` where no event can have the name of those that a profile is to be counted over. */
export function checkEventName(eventName: string): void {
  const violations = violationOf('event_name', eventNameProblem(eventName));
  if (violations.length > 0) throw invalidMeter(violations);
}

/** The valid form of a profile that is added on its own. Throws `invalid` with everything that is wrong. */
export function readAddedProfile(draft: ProfileDraft): ValidProfile {
  const profile = readProfile(draft, 'profile');
  if (Array.isArray(profile)) throw invalidMeter(profile);
  return profile;
}

/** The valid form of a new version of a profile. Throws `invalid` with everything that is wrong. */
export function readRevision(
  draft: ProfileDraft,
  effectiveFromMs: number,
): ValidProfile & { readonly effectiveFromMs: number } {
  const profile = readProfile(draft, 'profile');
  const isWholeHour = effectiveFromMs % HOUR_MS === 0;
  const violations = [
    ...(Array.isArray(profile) ? profile : []),
    ...violationOf('effective_time', isWholeHour ? undefined : 'must be a whole hour, UTC'),
  ];
  if (violations.length > 0 || Array.isArray(profile)) throw invalidMeter(violations);
  return { ...profile, effectiveFromMs };
}

/** What a new meter is given. */
export interface NewMeter {
  readonly id: MeterId;
  readonly organisationId: OrganisationId;
  readonly profileIds: readonly ProfileId[];
  readonly firstNumber: number;
  readonly nowMs: number;
}

/** The new meter. `firstNumber` is the number of its first profile; the others follow. */
export function createMeter(draft: ValidMeter, given: NewMeter): Meter {
  const { id, organisationId, nowMs } = given;
  const profiles = given.profileIds.flatMap((profileId, index): Profile[] => {
    const profile = draft.profiles[index];
    if (profile === undefined) return [];
    const number = given.firstNumber + index;
    return [{ ...profile, id: profileId, number, version: 1, createTimeMs: nowMs }];
  });
  return {
    ...draft,
    id,
    organisationId,
    status: 'active',
    profiles,
    createTimeMs: nowMs,
    updateTimeMs: nowMs,
  };
}

function sizeProblem(profiles: readonly ValidProfile[]): string | undefined {
  if (textLengthOf(profiles) <= METER_TEXT_LENGTH_MAX) return undefined;
  return `must hold at most ${METER_TEXT_LENGTH_MAX} characters of text in all filters`;
}

function defaultProblem({ defaultProfile, profiles }: MeterDraft): string | undefined {
  const isKnown = profiles.some(({ code }) => code === defaultProfile);
  return defaultProfile === '' || isKnown ? undefined : 'must be the code of one of the profiles';
}

function violationOf(field: string, description: string | undefined): Violation[] {
  return description === undefined ? [] : [{ field, description }];
}

function invalidMeter(violations: readonly Violation[]) {
  return invalid('METER_INVALID', 'The meter cannot be created as given.', violations);
}
