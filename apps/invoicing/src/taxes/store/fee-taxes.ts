import type { FeeId, OrganisationId, ProductId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { Slice } from '@billingrails/rpc';
import type { ClientSession, Db, Filter } from 'mongodb';
import { keysAfter, ownedKey, type OwnedKey } from '../../store/owned-key';
import type { FeeTax } from '../domain/tax-settings';

/** Of what something is said: a fee, or all fees of a product. */
export type TaxedId = FeeId | ProductId;

interface FeeTaxDoc {
  _id: OwnedKey<TaxedId>;
  category: string;
  priceIncludesTax?: boolean;
}

/** The collection `fee_taxes`: by organisation and fee, or product. */
export interface FeeTaxStore {
  /** Those of which something was said. */
  findMany(
    organisationId: OrganisationId,
    ids: readonly TaxedId[],
    session?: ClientSession,
  ): Promise<Map<TaxedId, FeeTax>>;
  /** Fees, then products. */
  list(
    organisationId: OrganisationId,
    slice: Slice,
  ): Promise<{ readonly id: TaxedId; readonly tax: FeeTax }[]>;
  replace(
    organisationId: OrganisationId,
    id: TaxedId,
    tax: FeeTax,
    session: ClientSession,
  ): Promise<void>;
}

const FEE_TAXES = 'fee_taxes';

/** Found by `_id` only. */
export const FEE_TAX_INDEXES = [{ collection: FEE_TAXES }] as const satisfies readonly IndexSpec[];

/** Opens the fees' taxes. */
export function feeTaxStore(db: Db): FeeTaxStore {
  const collection = db.collection<FeeTaxDoc>(FEE_TAXES);
  return {
    async findMany(organisationId, ids, session) {
      const keys = [...new Set(ids)].map((id) => ownedKey(organisationId, id));
      const options = session === undefined ? {} : { session };
      const docs = await collection.find({ _id: { $in: keys } }, options).toArray();
      return new Map(docs.map(({ _id, ...tax }) => [_id.id, tax]));
    },
    async list(organisationId, { afterId, limit }) {
      const filter = { _id: keysAfter(organisationId, afterId) } as Filter<FeeTaxDoc>;
      const docs = await collection.find(filter).sort({ _id: 1 }).limit(limit).toArray();
      return docs.map(({ _id, ...tax }) => ({ id: _id.id, tax }));
    },
    async replace(organisationId, id, tax, session) {
      const _id = ownedKey(organisationId, id);
      await collection.replaceOne({ _id }, { ...tax }, { upsert: true, session });
    },
  };
}
