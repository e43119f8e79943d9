import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession, Collection, Db } from 'mongodb';
import type { Find } from '../../store/find';

const DEFINITIONS = 'definitions';

/**
 * How often an organisation's profiles have changed. Read by every lane in the snapshot that it meters in, so that
 * an event is metered by the profiles of exactly one version.
 */
interface DefinitionsDoc {
  _id: OrganisationId;
  /** Grows by one with every change of what is counted. */
  version: number;
  /** How many profiles there have been: the number of the last one. */
  profileCount: number;
}

function collection(db: Db): Collection<DefinitionsDoc> {
  return db.collection<DefinitionsDoc>(DEFINITIONS);
}

/** The versions of organisations; those that never had a profile are at 0. */
export async function readVersions(
  find: Find,
  organisationIds: readonly OrganisationId[],
): Promise<Map<OrganisationId, number>> {
  const versions = new Map<OrganisationId, number>(organisationIds.map((id) => [id, 0]));
  const found = find<DefinitionsDoc>(DEFINITIONS, { _id: { $in: [...organisationIds] } });
  for await (const doc of found) versions.set(doc._id, doc.version);
  return versions;
}

/**
 * Raises an organisation's version and numbers its new profiles; the first new number is returned. Two that do so at
 * once collide, and one of them runs again: so checks against other meters in the same transaction hold.
 */
export async function raiseVersion(
  db: Db,
  session: ClientSession,
  organisationId: OrganisationId,
  newProfileCount: number,
): Promise<number> {
  const doc = await collection(db).findOneAndUpdate(
    { _id: organisationId },
    { $inc: { version: 1, profileCount: newProfileCount } },
    { session, upsert: true, returnDocument: 'after' },
  );
  return (doc?.profileCount ?? newProfileCount) - newProfileCount + 1;
}
