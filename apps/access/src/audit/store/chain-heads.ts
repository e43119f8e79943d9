import type { OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import type { ChainHead } from '../domain/audit-record';
import { EMPTY_CHAIN } from '../domain/chain';

const COLLECTION = 'audit_heads';

export const CHAIN_HEAD_INDEXES: readonly IndexSpec[] = [{ collection: COLLECTION }];

interface ChainHeadDoc extends ChainHead {
  _id: OrganisationId;
}

/** Where each organisation's chain ends: one document, so that who appends to it goes one after the other. */
export interface ChainHeadStore {
  /** Of an organisation that has no records: before the first. */
  find(organisationId: OrganisationId, session?: ClientSession): Promise<ChainHead>;
  replace(organisationId: OrganisationId, head: ChainHead, session: ClientSession): Promise<void>;
}

export function chainHeadStore(db: Db): ChainHeadStore {
  const collection = db.collection<ChainHeadDoc>(COLLECTION);
  return {
    async find(organisationId, session) {
      const doc = await collection.findOne({ _id: organisationId }, session && { session });
      return doc === null ? EMPTY_CHAIN : { sequence: doc.sequence, hash: doc.hash };
    },
    async replace(organisationId, head, session) {
      // What another transaction has put there since this one's snapshot is a conflict, and this one is run again.
      await collection.replaceOne({ _id: organisationId }, head, { upsert: true, session });
    },
  };
}
