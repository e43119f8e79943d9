import type { ClientSession, Db } from 'mongodb';
import type { OrganisationId } from '@billingrails/ids';
import { insertBackfill } from '../../backfills/store/backfills';
import { storedEventCounts } from '../../events/store/event-names';
import { fencePartitions } from '../../partitions/store/partitions';
import type { Meter } from '../domain/meter';
import type { Profile } from '../domain/profile';
import { raiseVersion } from '../store/definitions';

/** The partitions' positions at the fence of new profiles, and the number of the first of these. */
export interface Fence {
  readonly fences: ReadonlyMap<number, number>;
  readonly firstNumber: number;
}

/**
 * Opens a change of what an organisation counts. Do it first in the transaction: lanes commit all the time, and each
 * that does so between the transaction's first read and this makes the transaction run again.
 */
export async function fenceProfiles(
  db: Db,
  session: ClientSession,
  organisationId: OrganisationId,
  newProfileCount: number,
): Promise<Fence> {
  const fences = await fencePartitions(db, session);
  const firstNumber = await raiseVersion(db, session, organisationId, newProfileCount);
  return { fences, firstNumber };
}

/** Has the events that are stored already counted by new profiles of a meter; with none stored, nothing is to do. */
export async function backfillProfiles(
  db: Db,
  session: ClientSession,
  meter: Meter,
  newProfiles: readonly Profile[],
  { fences }: Fence,
): Promise<void> {
  const [first] = newProfiles;
  const { id: meterId, organisationId, eventName } = meter;
  const counts = await storedEventCounts(db, session, organisationId, eventName);
  const totalCount = [...counts.values()].reduce((total, count) => total + count, 0);
  if (first === undefined || totalCount === 0) return;
  await insertBackfill(db, session, {
    id: first.id,
    organisationId,
    meterId,
    eventName,
    profiles: newProfiles.map(({ number }) => number),
    fences,
    position: undefined,
    doneCount: 0,
    totalCount,
    complete: false,
    startTimeMs: undefined,
    moveTimeMs: undefined,
  });
}
