import type { OrganisationId, TaxRateId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { Slice } from '@billingrails/rpc';
import type { ClientSession, Db, Filter } from 'mongodb';
import { keysAfter, ownedKey, type OwnedKey } from '../../store/owned-key';
import type { Address } from '../../totals/domain/assessment';
import { postalPrefixes, type TaxRate } from '../domain/tax-rate';

interface TaxRateDoc extends Omit<TaxRate, 'id' | 'percent' | 'startMs' | 'endMs'> {
  _id: OwnedKey<TaxRateId>;
  percent: string;
  startTime?: Date;
  endTime?: Date;
}

/** The collection `tax_rates`: the tables of rates. Of a rate only its end changes. */
export interface TaxRateStore {
  find(
    organisationId: OrganisationId,
    id: TaxRateId,
    session: ClientSession,
  ): Promise<TaxRate | undefined>;
  /** Those that may hold at a place: of its country, with a prefix of its postal code. By id, so oldest first. */
  at(
    organisationId: OrganisationId,
    place: Pick<Address, 'countryCode' | 'postalCode'>,
    session?: ClientSession,
  ): Promise<TaxRate[]>;
  /** By id. */
  list(organisationId: OrganisationId, slice: Slice, countryCode?: string): Promise<TaxRate[]>;
  /** At most `most`. */
  count(organisationId: OrganisationId, most: number, session: ClientSession): Promise<number>;
  insert(organisationId: OrganisationId, rate: TaxRate, session: ClientSession): Promise<void>;
  end(
    organisationId: OrganisationId,
    id: TaxRateId,
    endMs: number,
    session: ClientSession,
  ): Promise<void>;
}

const TAX_RATES = 'tax_rates';

/** By place, and the lists of a country. The list of all is by `_id`. */
export const TAX_RATE_INDEXES = [
  {
    collection: TAX_RATES,
    key: { '_id.organisationId': 1, countryCode: 1, postalCodePrefix: 1 },
  },
  { collection: TAX_RATES, key: { '_id.organisationId': 1, countryCode: 1, '_id.id': 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the tables. */
export function taxRateStore(db: Db): TaxRateStore {
  const collection = db.collection<TaxRateDoc>(TAX_RATES);
  return {
    async find(organisationId, id, session) {
      const doc = await collection.findOne({ _id: ownedKey(organisationId, id) }, { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async at(organisationId, { countryCode, postalCode }, session) {
      const filter = {
        '_id.organisationId': organisationId,
        countryCode,
        postalCodePrefix: { $in: postalPrefixes(postalCode) },
      };
      const options = session === undefined ? {} : { session };
      const docs = await collection.find(filter as Filter<TaxRateDoc>, options).toArray();
      return docs.map(fromDoc).sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async list(organisationId, { afterId, limit }, countryCode) {
      const ofCountry = {
        '_id.organisationId': organisationId,
        countryCode,
        '_id.id': { $gt: afterId },
      };
      const found =
        countryCode === undefined
          ? collection
              .find({ _id: keysAfter(organisationId, afterId) } as Filter<TaxRateDoc>)
              .sort({ _id: 1 })
          : collection.find(ofCountry as Filter<TaxRateDoc>).sort({ '_id.id': 1 });
      return (await found.limit(limit).toArray()).map(fromDoc);
    },
    count: (organisationId, most, session) =>
      collection.countDocuments({ _id: keysAfter(organisationId, '') } as Filter<TaxRateDoc>, {
        limit: most,
        session,
      }),
    async insert(organisationId, rate, session) {
      await collection.insertOne(toDoc(organisationId, rate), { session });
    },
    async end(organisationId, id, endMs, session) {
      const update = { $set: { endTime: dateOf(endMs) } };
      await collection.updateOne({ _id: ownedKey(organisationId, id) }, update, { session });
    },
  };
}

function toDoc(
  organisationId: OrganisationId,
  { id, percent, startMs, endMs, ...rate }: TaxRate,
): TaxRateDoc {
  return {
    _id: ownedKey(organisationId, id),
    ...rate,
    percent: decimalText(percent),
    ...(startMs === undefined ? {} : { startTime: dateOf(startMs) }),
    ...(endMs === undefined ? {} : { endTime: dateOf(endMs) }),
  };
}

function fromDoc({ _id, percent, startTime, endTime, ...rate }: TaxRateDoc): TaxRate {
  return {
    id: _id.id,
    ...rate,
    percent: decimal(percent),
    ...(startTime && { startMs: msOf(startTime) }),
    ...(endTime && { endMs: msOf(endTime) }),
  };
}
