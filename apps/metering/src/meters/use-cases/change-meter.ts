import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db } from 'mongodb';
import { checkAccountMapping, type Meter } from '../domain/meter';
import { createMeter, type NewMeter, type ValidMeter } from '../domain/meter-draft';
import type { Profile } from '../domain/profile';
import { getMeter, insertMeter, metersOf, replaceMeter } from '../store/meters';
import { backfillProfiles, fenceProfiles } from './add-profiles';

/** Creates a meter, and has the stored events of its name counted. */
export async function addMeter(
  db: Db,
  session: ClientSession,
  draft: ValidMeter,
  given: Omit<NewMeter, 'firstNumber'>,
): Promise<Meter> {
  const { organisationId, profileIds } = given;
  const fence = await fenceProfiles(db, session, organisationId, profileIds.length);
  const others = await metersOf(db, session, organisationId, draft.eventName);
  checkAccountMapping(draft.accountProperty, others);
  const meter = createMeter(draft, { ...given, firstNumber: fence.firstNumber });
  await insertMeter(db, session, meter);
  await backfillProfiles(db, session, meter, meter.profiles, fence);
  return meter;
}

/** A meter with what was added to it. */
export interface GrownMeter {
  readonly meter: Meter;
  readonly added: Profile;
}

/** Adds a profile to a meter, or a version to a profile, as `grow` decides, and has stored events counted by it. */
export async function growMeter(
  db: Db,
  session: ClientSession,
  {
    organisationId,
    meterId,
  }: { readonly organisationId: OrganisationId; readonly meterId: string },
  grow: (before: Meter, number: number) => GrownMeter,
): Promise<Meter> {
  const fence = await fenceProfiles(db, session, organisationId, 1);
  const before = await getMeter(db, session, organisationId, meterId);
  const { meter, added } = grow(before, fence.firstNumber);
  await replaceMeter(db, session, meter);
  await backfillProfiles(db, session, meter, [added], fence);
  return meter;
}
