import type { OrganisationId } from '@billingrails/ids';
import { inTransaction } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import type { RecordedAction } from '../domain/audit-record';
import { continueChain } from '../domain/chain';
import type { AuditStores } from '../store/stores';

/**
 * Appends what was done to the chains of the organisations, in the order in which it came; what a chain has already
 * changes nothing. Records and heads change together, so that a process that dies leaves neither a gap nor a record
 * twice, and of two at once for one organisation one is run again after the other.
 */
export async function appendRecords(
  stores: AuditStores,
  actions: readonly RecordedAction[],
): Promise<void> {
  const byOrganisation = new Map<OrganisationId, RecordedAction[]>();
  for (const action of actions) {
    const own = byOrganisation.get(action.organisationId);
    if (own === undefined) byOrganisation.set(action.organisationId, [action]);
    else own.push(action);
  }
  await inTransaction(stores.mongo, async (session) => {
    for (const [organisationId, own] of byOrganisation)
      await appendOwn(stores, session, organisationId, own);
  });
}

async function appendOwn(
  { records, heads }: AuditStores,
  session: ClientSession,
  organisationId: OrganisationId,
  actions: readonly RecordedAction[],
): Promise<void> {
  const byId = new Map(actions.map((action) => [action.id, action]));
  const known = await records.known(organisationId, [...byId.keys()], session);
  const fresh = [...byId.values()].filter(({ id }) => !known.has(id));
  if (fresh.length === 0) return;
  const next = continueChain(await heads.find(organisationId, session), fresh);
  await heads.replace(organisationId, next.head, session);
  await records.insertMany(next.records, session);
}
