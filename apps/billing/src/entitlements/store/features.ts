import type { FeatureId, OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import type { Feature } from '../domain/feature';
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
  meterProfile?: MeterProfileDoc;
  createTime: Date;
}

/** The collection `features`: read by its key or its code, listed by id. */
export interface FeatureStore extends ResourceCollection<Feature, FeatureDoc> {
  findByCode(
    organisationId: OrganisationId,
    code: string,
    session?: ClientSession,
  ): Promise<Feature | undefined>;
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
  };
}

function toDoc(
  organisationId: OrganisationId,
  { id, code, name, meterProfile, createMs }: Feature,
): FeatureDoc {
  return {
    _id: keyOf(organisationId, id),
    code,
    name,
    ...(meterProfile === undefined ? {} : { meterProfile: { ...meterProfile } }),
    createTime: dateOf(createMs),
  };
}

function fromDoc({ _id, code, name, meterProfile, createTime }: FeatureDoc): Feature {
  return {
    id: _id.id as FeatureId,
    code,
    name,
    ...(meterProfile === undefined ? {} : { meterProfile: meterProfileFromDoc(meterProfile) }),
    createMs: msOf(createTime),
  };
}
