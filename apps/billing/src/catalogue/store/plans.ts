import type { OrganisationId, PlanId } from '@billingrails/ids';
import type { ClientSession, Db } from 'mongodb';
import type { Fee } from '../domain/fee';
import type { Plan } from '../domain/plan';
import type { PriceCorrection } from '../domain/price-correction';
import { feeFromDoc, feeToDoc, type FeeDoc } from './fee-doc';
import {
  priceCorrectionFromDoc,
  priceCorrectionToDoc,
  type PriceCorrectionDoc,
} from './price-correction-doc';
import {
  keyOf,
  resourceCollection,
  type Key,
  type ResourceCollection,
} from '../../store/resource-collection';

interface PlanDoc {
  _id: Key;
  name: string;
  currencyCode: string;
  fees: FeeDoc[];
  createMs: number;
  corrections?: PriceCorrectionDoc[];
}

/** The collection `plans`: read by its key, listed by id. */
export interface PlanStore extends ResourceCollection<Plan, PlanDoc> {
  addFee(
    organisationId: OrganisationId,
    planId: PlanId,
    fee: Fee,
    session: ClientSession,
  ): Promise<void>;
  addCorrection(
    organisationId: OrganisationId,
    planId: PlanId,
    correction: PriceCorrection,
    session: ClientSession,
  ): Promise<void>;
}

/** Opens the plans. */
export function planStore(db: Db): PlanStore {
  const base = resourceCollection(db, 'plans', toDoc, fromDoc);
  return {
    ...base,
    async addFee(organisationId, planId, fee, session) {
      await base.collection.updateOne(
        { _id: keyOf(organisationId, planId) },
        { $push: { fees: feeToDoc(fee) } },
        { session },
      );
    },
    async addCorrection(organisationId, planId, correction, session) {
      await base.collection.updateOne(
        { _id: keyOf(organisationId, planId) },
        { $push: { corrections: priceCorrectionToDoc(correction) } },
        { session },
      );
    },
  };
}

function toDoc(
  organisationId: OrganisationId,
  { id, name, currencyCode, fees, createMs, corrections }: Plan,
): PlanDoc {
  return {
    ...{ _id: keyOf(organisationId, id), name, currencyCode, fees: fees.map(feeToDoc), createMs },
    ...(corrections === undefined ? {} : { corrections: corrections.map(priceCorrectionToDoc) }),
  };
}

function fromDoc({ _id, name, currencyCode, fees, createMs, corrections }: PlanDoc): Plan {
  return {
    ...{ id: _id.id as PlanId, name, currencyCode, fees: fees.map(feeFromDoc), createMs },
    ...(corrections === undefined ? {} : { corrections: corrections.map(priceCorrectionFromDoc) }),
  };
}
