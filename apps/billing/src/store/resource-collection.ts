import type { OrganisationId } from '@billingrails/ids';
import {
  MaxKey,
  type ClientSession,
  type Collection,
  type Db,
  type Filter,
  type OptionalUnlessRequiredId,
} from 'mongodb';

/** The key of everything an organisation owns: first whose it is, so that nothing is found by its id alone. */
export interface Key {
  organisationId: OrganisationId;
  id: string;
}

/** The order of the fields is part of the key. */
export function keyOf(organisationId: OrganisationId, id: string): Key {
  return { organisationId, id };
}

/** A piece of a list: at most `limit` items whose id is greater than `afterId` (empty: from the first). */
export interface Slice {
  readonly afterId: string;
  readonly limit: number;
}

/** Keeps one kind of thing that organisations own. Ids rise with time, so by id is oldest first. */
export interface ResourceCollection<T, D extends { _id: Key }> {
  readonly collection: Collection<D>;
  /** Undefined when it is missing or another organisation's: nobody can tell which. */
  find(organisationId: OrganisationId, id: string, session?: ClientSession): Promise<T | undefined>;
  /** Those that exist, by id. */
  findMany(
    organisationId: OrganisationId,
    ids: readonly string[],
    session?: ClientSession,
  ): Promise<Map<string, T>>;
  insert(organisationId: OrganisationId, item: T, session: ClientSession): Promise<void>;
  /** By id. `filter` narrows the list; it needs an index of organisation, its fields, id. */
  list(organisationId: OrganisationId, slice: Slice, filter?: Filter<D>): Promise<T[]>;
}

/** Opens a collection with its translation. `fromDoc` may trust what `toDoc` wrote. */
export function resourceCollection<T, D extends { _id: Key }>(
  db: Db,
  name: string,
  toDoc: (organisationId: OrganisationId, item: T) => D,
  fromDoc: (doc: D) => T,
): ResourceCollection<T, D> {
  const collection = db.collection<D>(name);
  return {
    collection,
    async find(organisationId, id, session) {
      const filter = { _id: keyOf(organisationId, id) } as Filter<D>;
      const doc = await collection.findOne<D>(filter, session === undefined ? {} : { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async findMany(organisationId, ids, session) {
      const keys = [...new Set(ids)].map((id) => keyOf(organisationId, id));
      const filter = { _id: { $in: keys } } as Filter<D>;
      const found = collection.find<D>(filter, session === undefined ? {} : { session });
      return new Map((await found.toArray()).map((doc) => [doc._id.id, fromDoc(doc)]));
    },
    async insert(organisationId, item, session) {
      await collection.insertOne(toDoc(organisationId, item) as OptionalUnlessRequiredId<D>, {
        session,
      });
    },
    async list(organisationId, { afterId, limit }, filter) {
      const found =
        filter === undefined
          ? collection
              .find<D>({ _id: after(organisationId, afterId) } as Filter<D>)
              .sort({ _id: 1 })
          : collection
              .find<D>({
                '_id.organisationId': organisationId,
                ...filter,
                '_id.id': { $gt: afterId },
              } as Filter<D>)
              .sort({ '_id.id': 1 });
      return (await found.limit(limit).toArray()).map(fromDoc);
    },
  };
}

function after(organisationId: OrganisationId, afterId: string): object {
  return { $gt: keyOf(organisationId, afterId), $lt: { organisationId, id: new MaxKey() } };
}
