import type { FeeId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { Slice } from '@billingrails/rpc';
import type { ClientSession, Db, Filter } from 'mongodb';
import { keysAfter, ownedKey, type OwnedKey } from '../../store/owned-key';
import type { FeeTax } from '../domain/tax-settings';

interface FeeTaxDoc {
  _id: OwnedKey<FeeId>;
  category: string;
  priceIncludesTax?: boolean;
}

/** The collection `fee_taxes`: by organisation and fee. */
export interface FeeTaxStore {
  /** Those of which something was said. */
  findMany(
    organisationId: OrganisationId,
    feeIds: readonly FeeId[],
    session?: ClientSession,
  ): Promise<Map<FeeId, FeeTax>>;
  /** By fee. */
  list(
    organisationId: OrganisationId,
    slice: Slice,
  ): Promise<{ readonly id: FeeId; readonly tax: FeeTax }[]>;
  replace(
    organisationId: OrganisationId,
    feeId: FeeId,
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
    async findMany(organisationId, feeIds, session) {
      const keys = [...new Set(feeIds)].map((id) => ownedKey(organisationId, id));
      const options = session === undefined ? {} : { session };
      const docs = await collection.find({ _id: { $in: keys } }, options).toArray();
      return new Map(docs.map(({ _id, ...tax }) => [_id.id, tax]));
    },
    async list(organisationId, { afterId, limit }) {
      const filter = { _id: keysAfter(organisationId, afterId) } as Filter<FeeTaxDoc>;
      const docs = await collection.find(filter).sort({ _id: 1 }).limit(limit).toArray();
      return docs.map(({ _id, ...tax }) => ({ id: _id.id, tax }));
    },
    async replace(organisationId, feeId, tax, session) {
      const _id = ownedKey(organisationId, feeId);
      await collection.replaceOne({ _id }, { ...tax }, { upsert: true, session });
    },
  };
}
