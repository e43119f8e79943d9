import type { OrganisationId, PlanId } from '@billingrails/ids';
import type { ClientSession, Db } from 'mongodb';
import type { Fee } from '../domain/fee';
import type { Plan } from '../domain/plan';
import { feeFromDoc, feeToDoc, type FeeDoc } from './fee-doc';
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
}

/** The collection `plans`: read by its key, listed by id. */
export interface PlanStore extends ResourceCollection<Plan, PlanDoc> {
  addFee(
    organisationId: OrganisationId,
    planId: PlanId,
    fee: Fee,
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
  };
}

function toDoc(
  organisationId: OrganisationId,
  { id, name, currencyCode, fees, createMs }: Plan,
): PlanDoc {
  return { _id: keyOf(organisationId, id), name, currencyCode, fees: fees.map(feeToDoc), createMs };
}

function fromDoc({ _id, name, currencyCode, fees, createMs }: PlanDoc): Plan {
  return { id: _id.id as PlanId, name, currencyCode, fees: fees.map(feeFromDoc), createMs };
}
