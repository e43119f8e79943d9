import type { FeatureId, OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import type { Feature, FeatureKind } from '../domain/feature';
import { meterProfileFromDoc, type MeterProfileDoc } from '../../catalogue/store/fee-doc';
import {
  keyOf,
  resourceCollection,
  type Key,
  type ResourceCollection,
} from '../../store/resource-collection';

interface FeatureDoc {
  _id: Key;
  code: string;
  name: string;
  kind: FeatureKind;
  meterProfile?: MeterProfileDoc;
  /** How often it was granted: two grants at once collide here, so that each sees the other. */
  grants: number;
  createTime: Date;
}

/** The collection `features`: read by its key or its code, listed by id. None ever changes, so it may be kept. */
export interface FeatureStore extends ResourceCollection<Feature, FeatureDoc> {
  findByCode(
    organisationId: OrganisationId,
    code: string,
    session?: ClientSession,
  ): Promise<Feature | undefined>;
  /** Those that exist, in no order. */
  findByCodes(organisationId: OrganisationId, codes: readonly string[]): Promise<Feature[]>;
  /** Lets no other transaction grant the feature until this one is done. */
  fenceGrants(
    organisationId: OrganisationId,
    featureId: FeatureId,
    session: ClientSession,
  ): Promise<void>;
}

/** A code names one feature of an organisation. */
export const FEATURE_INDEXES = [
  { collection: 'features', key: { '_id.organisationId': 1, code: 1 }, unique: true },
] as const satisfies readonly IndexSpec[];

/** Opens the features. */
export function featureStore(db: Db): FeatureStore {
  const base = resourceCollection(db, 'features', toDoc, fromDoc);
  return {
    ...base,
    async findByCode(organisationId, code, session) {
      const filter = { '_id.organisationId': organisationId, code };
      const doc = await base.collection.findOne(filter, session === undefined ? {} : { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async findByCodes(organisationId, codes) {
      const filter = { '_id.organisationId': organisationId, code: { $in: [...codes] } };
      return (await base.collection.find(filter).toArray()).map(fromDoc);
    },
    async fenceGrants(organisationId, featureId, session) {
      await base.collection.updateOne(
        { _id: keyOf(organisationId, featureId) },
        { $inc: { grants: 1 } },
        { session },
      );
    },
  };
}

function toDoc(
  organisationId: OrganisationId,
  { id, code, name, kind, meterProfile, createMs }: Feature,
): FeatureDoc {
  return {
    _id: keyOf(organisationId, id),
    ...{ code, name, kind, grants: 0 },
    ...(meterProfile === undefined ? {} : { meterProfile: { ...meterProfile } }),
    createTime: dateOf(createMs),
  };
}

function fromDoc({ _id, code, name, kind, meterProfile, createTime }: FeatureDoc): Feature {
  return {
    id: _id.id as FeatureId,
    ...{ code, name, kind },
    ...(meterProfile === undefined ? {} : { meterProfile: meterProfileFromDoc(meterProfile) }),
    createMs: msOf(createTime),
  };
}
