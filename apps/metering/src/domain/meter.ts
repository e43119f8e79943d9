import { notFound, precondition } from '@billingrails/errors';
import type { MeterId, OrganisationId } from '@billingrails/ids';
import type { Profile } from './profile';

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
  /** At least one, in the order they were added. */
  readonly profiles: readonly Profile[];
  /** The code of the profile that is used where none is named. */
  readonly defaultProfile: string;
  readonly createTimeMs: number;
  readonly updateTimeMs: number;
}

export const ACCOUNT_PROPERTY_DEFAULT = 'billingrails_account_id';
const PROFILES_MAX = 50;

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
      `The meter already has a profile "${profile.code}". Profiles never change: choose another code.`,
      [{ field: 'profile.code', description: 'is taken' }],
    );
  }
  if (meter.profiles.length >= PROFILES_MAX) {
    throw precondition('METER_FULL', `A meter holds at most ${PROFILES_MAX} profiles.`);
  }
  return { ...meter, profiles: [...meter.profiles, profile], updateTimeMs: profile.createTimeMs };
}

/** The profile of a code, or with an empty code the default one. Throws `not_found`. */
export function profileOf(meter: Meter, code: string): Profile {
  const wanted = code === '' ? meter.defaultProfile : code;
  const profile = meter.profiles.find((candidate) => candidate.code === wanted);
  if (profile === undefined) {
    throw notFound('PROFILE_NOT_FOUND', `The meter has no profile "${wanted}".`);
  }
  return profile;
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
