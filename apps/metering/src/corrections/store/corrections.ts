import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db } from 'mongodb';
import type { Correction, CorrectionState } from '../domain/correction';
import {
  BY_KEY,
  correctionCollection,
  correctionDocIdOf,
  fromCorrectionDoc,
  toCorrectionDoc,
  type StoredCorrection,
} from './correction-documents';
import { listCorrections, type ListedCorrection } from './correction-list';

/** With their events, only the last are shown; a list has all. */
const SHOWN_MAX = 100;

/** Those of an organisation's corrections that are stored, by id. */
export async function readCorrections(
  db: Db,
  session: ClientSession | undefined,
  organisationId: OrganisationId,
  ids: readonly string[],
): Promise<Map<string, StoredCorrection>> {
  const wanted = { _id: { $in: ids.map((id) => correctionDocIdOf(organisationId, id)) } };
  const options = session === undefined ? {} : { session };
  const docs = await correctionCollection(db).find(wanted, options).toArray();
  return new Map(docs.map(fromCorrectionDoc).map((correction) => [correction.id, correction]));
}

/** The last 100 corrections of events, by the events' keys, in the order of the stream; those of other accounts too. */
export async function correctionsOf(
  db: Db,
  session: ClientSession | undefined,
  organisationId: OrganisationId,
  keys: readonly string[],
): Promise<ListedCorrection[]> {
  const corrections = await listCorrections(db, session, { organisationId, keys }, SHOWN_MAX);
  return corrections.sort(inStreamOrder);
}

/** Those that wait for events with these keys, in the order of the stream. */
export async function waitingCorrections(
  db: Db,
  session: ClientSession,
  organisationId: OrganisationId,
  keys: readonly string[],
): Promise<StoredCorrection[]> {
  const docs = await correctionCollection(db)
    .find({ o: organisationId, k: { $in: [...keys] }, state: 'waiting' }, { session, hint: BY_KEY })
    .toArray();
  return docs.map(fromCorrectionDoc).sort(inStreamOrder);
}

/** Stores new corrections. Their ids must be free in the session's snapshot. */
export async function insertCorrections(
  db: Db,
  session: ClientSession,
  corrections: readonly StoredCorrection[],
): Promise<void> {
  if (corrections.length === 0) return;
  await correctionCollection(db).insertMany(corrections.map(toCorrectionDoc), { session });
}

/** Changes what became of stored corrections of an organisation, given by their ids. */
export async function setCorrectionStates(
  db: Db,
  session: ClientSession,
  organisationId: OrganisationId,
  states: ReadonlyMap<string, CorrectionState>,
): Promise<void> {
  if (states.size === 0) return;
  const updates = [...states].map(([id, state]) => ({
    updateOne: {
      filter: { _id: correctionDocIdOf(organisationId, id) },
      update: { $set: { state } },
    },
  }));
  await correctionCollection(db).bulkWrite(updates, { session, ordered: false });
}

function inStreamOrder(a: Pick<Correction, 'place'>, b: Pick<Correction, 'place'>): number {
  return a.place.seq - b.place.seq || a.place.index - b.place.index;
}
