import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db } from 'mongodb';
import { findAlone } from '../../store/find';
import { compileDefinitions, type Definitions } from '../domain/definitions';
import { readVersions } from './definitions';
import { metersOf } from './meters';

/** Far more organisations than are active at once; beyond it the longest kept is read again when needed. */
const ORGANISATIONS_MAX = 10_000;

/**
 * Compiled definitions, kept by version. What belongs to a version never changes, so a version that is read in a
 * transaction's snapshot and found here needs no more reading.
 */
export class DefinitionsCache {
  readonly #kept = new Map<OrganisationId, Definitions>();

  /** The definitions that hold in the session's snapshot. */
  async read(
    db: Db,
    session: ClientSession,
    organisationIds: readonly OrganisationId[],
  ): Promise<ReadonlyMap<OrganisationId, Definitions>> {
    const definitions = new Map<OrganisationId, Definitions>();
    const versions = await readVersions(findAlone(db, session), organisationIds);
    for (const [organisationId, version] of versions) {
      const kept = this.#kept.get(organisationId);
      if (kept?.version === version) {
        definitions.set(organisationId, kept);
      } else {
        const meters = version === 0 ? [] : await metersOf(db, session, organisationId);
        const compiled = compileDefinitions(version, meters);
        definitions.set(organisationId, compiled);
        this.#keep(organisationId, compiled);
      }
    }
    return definitions;
  }

  #keep(organisationId: OrganisationId, definitions: Definitions): void {
    this.#kept.delete(organisationId);
    this.#kept.set(organisationId, definitions);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > ORGANISATIONS_MAX && oldest !== undefined) this.#kept.delete(oldest);
  }
}
