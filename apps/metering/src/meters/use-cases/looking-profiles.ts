import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db } from 'mongodb';
import { isPassed } from '../../backfills/domain/backfill';
import { runningBackfills } from '../../backfills/store/backfills';
import type { SegmentKey } from '../../events/domain/segment';
import { compileDefinitions } from '../domain/definitions';
import { withoutProfiles } from '../domain/meter';
import type { CompiledProfile } from '../domain/profile';
import { metersOf } from '../store/meters';

/** Which profiles have looked at the stored events of a name, and so counted what they count of them. */
export interface LookingProfiles {
  /** Those that have looked at a segment's events, and those among `also` that have not yet. */
  at(segment: SegmentKey, also?: readonly number[]): readonly CompiledProfile[];
}

/** Tells it of the transaction's snapshot: all profiles, but for those that a running backfill has yet to count for. */
export async function lookingProfiles(
  db: Db,
  session: ClientSession,
  organisationId: OrganisationId,
  eventName: string,
): Promise<LookingProfiles> {
  const meters = await metersOf(db, session, organisationId, eventName);
  const running = await runningBackfills(db, session, organisationId, eventName);
  const compiled = new Map<string, readonly CompiledProfile[]>();
  return {
    at(segment, also = []) {
      const missing = running
        .filter((backfill) => !isPassed(backfill, segment))
        .flatMap(({ profiles }) => profiles)
        .filter((number) => !also.includes(number));
      const key = missing.join();
      // Compiled without those that are missing: until a new version counts an event, the version before it does.
      const present = meters.map((meter) => withoutProfiles(meter, missing));
      const profiles = compiled.get(key) ?? compileDefinitions(0, present).profilesOf(eventName);
      compiled.set(key, profiles);
      return profiles;
    },
  };
}
