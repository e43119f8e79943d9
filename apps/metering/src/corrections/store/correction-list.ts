import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db, Filter } from 'mongodb';
import { READING } from '../../store/reading';
import type { CorrectionState } from '../domain/correction';
import {
  BY_ACCOUNT,
  BY_KEY,
  BY_STATE,
  correctionCollection,
  correctionDocIdOf,
  NEWEST_FIRST,
  withoutContent,
  type CorrectionDoc,
  type StoredCorrection,
} from './correction-documents';

/** A correction in a list: without the content that an amendment gives. */
export interface ListedCorrection extends Omit<StoredCorrection, 'amended'> {
  /** Whether it gives its event other content; else it takes it back. */
  readonly amends: boolean;
}

/** A point in the order of a list of corrections: after its correction. */
export type CorrectionPosition = Pick<ListedCorrection, 'receiveTimeMs' | 'id'>;

/** Which corrections to list. */
export interface CorrectionListing {
  readonly organisationId: OrganisationId;
  /** Undefined for all. */
  readonly accountId?: AccountId | undefined;
  /** Empty for any. */
  readonly keys: readonly string[];
  readonly state?: CorrectionState | undefined;
  /** The last of the page before; undefined for the first page. */
  readonly after?: CorrectionPosition | undefined;
}

type ListedDoc = Omit<CorrectionDoc, 'e'> & { amends: boolean };

const STATES: readonly CorrectionState[] = ['waiting', 'applied', 'superseded'];
const LISTED = {
  ...{ o: 1, a: 1, k: 1, pt: 1, sq: 1, i: 1, rt: 1, reason: 1, state: 1 },
  amends: { $gt: ['$e', null] },
};

/** The first `limit` corrections of a listing: by receive time, newest first, then by id, greatest first. */
export async function listCorrections(
  db: Db,
  session: ClientSession | undefined,
  listing: CorrectionListing,
  limit: number,
): Promise<ListedCorrection[]> {
  const docs = await correctionCollection(db)
    .find(filterOf(listing), { ...READING, ...(session === undefined ? {} : { session }) })
    .hint(indexOf(listing))
    .sort(NEWEST_FIRST)
    .limit(limit)
    .project<ListedDoc>(LISTED)
    .toArray();
  return docs.map(({ amends, ...doc }) => ({ ...withoutContent(doc), amends }));
}

/** The index that gives a listing in its order. */
function indexOf({ accountId, keys }: CorrectionListing) {
  if (keys.length > 0) return BY_KEY;
  return accountId === undefined ? BY_STATE : BY_ACCOUNT;
}

function filterOf(listing: CorrectionListing): Filter<CorrectionDoc> {
  const { organisationId, accountId, keys, state, after } = listing;
  return {
    o: organisationId,
    state: { $in: state === undefined ? [...STATES] : [state] },
    ...(accountId === undefined ? {} : { a: accountId }),
    ...(keys.length === 0 ? {} : { k: { $in: [...keys] } }),
    ...(after === undefined ? {} : laterThan(organisationId, after)),
  };
}

/** An index takes only the bound by time; few have the very same. */
function laterThan(
  organisationId: OrganisationId,
  { receiveTimeMs, id }: CorrectionPosition,
): Filter<CorrectionDoc> {
  const time = new Date(receiveTimeMs);
  const docId = correctionDocIdOf(organisationId, id);
  return { rt: { $lte: time }, $or: [{ rt: { $lt: time } }, { _id: { $lt: docId } }] };
}
