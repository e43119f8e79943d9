import type { OrganisationId, ProductId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import {
  keyOf,
  resourceCollection,
  type Key,
  type ResourceCollection,
} from '../../store/resource-collection';
import type { Product } from '../domain/product';

interface ProductDoc {
  _id: Key;
  code: string;
  name: string;
  description: string;
  status: Product['status'];
  createTime: Date;
}

/** The collection `products`: read by its key or its code, listed by id. */
export interface ProductStore extends ResourceCollection<Product, ProductDoc> {
  findByCode(
    organisationId: OrganisationId,
    code: string,
    session: ClientSession,
  ): Promise<Product | undefined>;
  /** Keeps what may change of it. */
  save(organisationId: OrganisationId, product: Product, session: ClientSession): Promise<void>;
}

/** A code names one product of an organisation. */
export const PRODUCT_INDEXES = [
  { collection: 'products', key: { '_id.organisationId': 1, code: 1 }, unique: true },
] as const satisfies readonly IndexSpec[];

/** Opens the products. */
export function productStore(db: Db): ProductStore {
  const base = resourceCollection(db, 'products', toDoc, fromDoc);
  return {
    ...base,
    async findByCode(organisationId, code, session) {
      const filter = { '_id.organisationId': organisationId, code };
      const doc = await base.collection.findOne(filter, { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async save(organisationId, { id, name, description, status }, session) {
      const filter = { _id: keyOf(organisationId, id) };
      await base.collection.updateOne(filter, { $set: { name, description, status } }, { session });
    },
  };
}

function toDoc(organisationId: OrganisationId, { id, createMs, ...rest }: Product): ProductDoc {
  return { _id: keyOf(organisationId, id), ...rest, createTime: dateOf(createMs) };
}

function fromDoc({ _id, code, name, description, status, createTime }: ProductDoc): Product {
  const id = _id.id as ProductId;
  return { id, code, name, description, status, createMs: msOf(createTime) };
}
