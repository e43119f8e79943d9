import { assert } from '@billingrails/errors';
import type { AccountId, InvoiceId, OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';
import type { Collection } from '../domain/collection';

interface CollectionDoc extends Omit<Collection, 'invoiceId' | 'nextMs'> {
  _id: InvoiceId;
  nextTime?: Date;
}

/** The collection `invoice_collections`: one for each invoice that is collected by itself. */
export interface CollectionStore {
  insert(collections: readonly Collection[], session: ClientSession): Promise<void>;
  replace(collection: Collection, session: ClientSession): Promise<void>;
  find(
    organisationId: OrganisationId,
    invoiceId: InvoiceId,
    session?: ClientSession,
  ): Promise<Collection | undefined>;
  /** Those whose next attempt is due, of one organisation or of all but some, the first due first. */
  due(
    ms: number,
    of: OrganisationId | { readonly allBut: readonly OrganisationId[] },
    limit: number,
  ): Promise<Collection[]>;
  /** Makes attempts of an account that wait for their day due at once. */
  hurry(
    organisationId: OrganisationId,
    accountId: AccountId,
    ms: number,
    session: ClientSession,
  ): Promise<void>;
}

const COLLECTIONS = 'invoice_collections';
const whileDue = { partialFilterExpression: { nextTime: { $exists: true } } };

/** What is due, of all organisations and of one; an account's that wait. */
export const COLLECTION_INDEXES = [
  { collection: COLLECTIONS, key: { nextTime: 1 }, ...whileDue },
  { collection: COLLECTIONS, key: { organisationId: 1, nextTime: 1 }, ...whileDue },
  { collection: COLLECTIONS, key: { organisationId: 1, accountId: 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the collections. */
export function collectionStore(db: Db): CollectionStore {
  const collection = db.collection<CollectionDoc>(COLLECTIONS);
  return {
    async insert(collections, session) {
      if (collections.length > 0) await collection.insertMany(collections.map(toDoc), { session });
    },
    async replace(changed, session) {
      const { _id, organisationId, ...doc } = toDoc(changed);
      const { matchedCount } = await collection.replaceOne(
        { _id, organisationId },
        { organisationId, ...doc },
        { session },
      );
      assert(matchedCount === 1, 'a collection was there when it was read');
    },
    async find(organisationId, invoiceId, session) {
      const filter = { _id: invoiceId, organisationId };
      const doc = await collection.findOne(filter, session && { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async due(ms, of, limit) {
      const filter: Filter<CollectionDoc> = {
        nextTime: { $lte: dateOf(ms) },
        organisationId: typeof of === 'string' ? of : { $nin: [...of.allBut] },
      };
      const docs = await collection.find(filter).sort({ nextTime: 1 }).limit(limit).toArray();
      return docs.map(fromDoc);
    },
    async hurry(organisationId, accountId, ms, session) {
      await collection.updateMany(
        { organisationId, accountId, nextTime: { $gt: dateOf(ms) } },
        { $set: { nextTime: dateOf(ms) } },
        { session },
      );
    },
  };
}

function toDoc({ invoiceId, nextMs, ...rest }: Collection): CollectionDoc {
  return { _id: invoiceId, ...rest, ...(nextMs !== undefined && { nextTime: dateOf(nextMs) }) };
}

function fromDoc({ _id, nextTime, ...rest }: CollectionDoc): Collection {
  return { invoiceId: _id, ...rest, ...(nextTime && { nextMs: msOf(nextTime) }) };
}
