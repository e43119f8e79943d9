import type { CreditUnitId, FeatureId, FeeId, OrganisationId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import { meterProfileFromDoc, type MeterProfileDoc } from '../../catalogue/store/fee-doc';
import {
  keyOf,
  resourceCollection,
  type Key,
  type ResourceCollection,
} from '../../store/resource-collection';
import type { CreditUnit, Overage } from '../domain/credit-unit';

interface CreditUnitDoc {
  _id: Key;
  code: string;
  name: string;
  rates: { meterProfile: MeterProfileDoc; amount: string; featureId?: string; feeId?: string }[];
  overage: Overage;
  currencyCode?: string;
  createTime: Date;
}

/** The collection `credit_units`: read by its key or its code, listed by id. */
export interface CreditUnitStore extends ResourceCollection<CreditUnit, CreditUnitDoc> {
  findByCode(
    organisationId: OrganisationId,
    code: string,
    session: ClientSession,
  ): Promise<CreditUnit | undefined>;
  /** The units of money of an organisation, by their currency: of these currencies. */
  ofCurrencies(
    organisationId: OrganisationId,
    currencyCodes: readonly string[],
    session?: ClientSession,
  ): Promise<Map<string, CreditUnit>>;
}

const CREDIT_UNITS = 'credit_units';

/** A code names one unit of an organisation, and a currency. */
export const CREDIT_UNIT_INDEXES = [
  { collection: CREDIT_UNITS, key: { '_id.organisationId': 1, code: 1 }, unique: true },
  {
    collection: CREDIT_UNITS,
    key: { '_id.organisationId': 1, currencyCode: 1 },
    unique: true,
    partialFilterExpression: { currencyCode: { $exists: true } },
  },
] as const satisfies readonly IndexSpec[];

/** Opens the units of credits. */
export function creditUnitStore(db: Db): CreditUnitStore {
  const base = resourceCollection(db, CREDIT_UNITS, toDoc, fromDoc);
  return {
    ...base,
    async findByCode(organisationId, code, session) {
      const filter = { '_id.organisationId': organisationId, code };
      const doc = await base.collection.findOne(filter, { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async ofCurrencies(organisationId, currencyCodes, session) {
      const filter = {
        '_id.organisationId': organisationId,
        currencyCode: { $in: [...currencyCodes], $exists: true },
      };
      const found = base.collection.find(filter, session === undefined ? {} : { session });
      return new Map((await found.toArray()).map((doc) => [doc.currencyCode ?? '', fromDoc(doc)]));
    },
  };
}

function toDoc(
  organisationId: OrganisationId,
  { id, code, name, rates, overage, currencyCode, createMs }: CreditUnit,
): CreditUnitDoc {
  return {
    _id: keyOf(organisationId, id),
    ...{ code, name, overage },
    ...(currencyCode === undefined ? {} : { currencyCode }),
    rates: rates.map(({ meterProfile, amount, featureId, feeId }) => ({
      meterProfile: { ...meterProfile },
      amount: decimalText(amount),
      ...(featureId === undefined ? {} : { featureId }),
      ...(feeId === undefined ? {} : { feeId }),
    })),
    createTime: dateOf(createMs),
  };
}

function fromDoc({
  _id,
  code,
  name,
  rates,
  overage,
  currencyCode,
  createTime,
}: CreditUnitDoc): CreditUnit {
  return {
    id: _id.id as CreditUnitId,
    ...{ code, name, overage },
    ...(currencyCode === undefined ? {} : { currencyCode }),
    rates: rates.map(({ meterProfile, amount, featureId, feeId }) => ({
      meterProfile: meterProfileFromDoc(meterProfile),
      amount: decimal(amount),
      ...(featureId === undefined ? {} : { featureId: featureId as FeatureId }),
      ...(feeId === undefined ? {} : { feeId: feeId as FeeId }),
    })),
    createMs: msOf(createTime),
  };
}
