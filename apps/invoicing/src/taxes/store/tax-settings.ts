import type { OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import { partyFromDoc, partyToDoc, type PartyDoc } from '../../totals/store/assessment-doc';
import { NO_TAX_SETTINGS, type TaxSettings } from '../domain/tax-settings';

interface TaxSettingsDoc extends Omit<TaxSettings, 'seller' | 'reverseChargeCountryCodes'> {
  _id: OrganisationId;
  seller?: PartyDoc;
  reverseChargeCountryCodes: string[];
}

/** The collection `tax_settings`: one document an organisation, by its id. */
export interface TaxSettingsStore {
  /** Those that say nothing where there are none. */
  find(organisationId: OrganisationId, session?: ClientSession): Promise<TaxSettings>;
  replace(
    organisationId: OrganisationId,
    settings: TaxSettings,
    session: ClientSession,
  ): Promise<void>;
}

const TAX_SETTINGS = 'tax_settings';

/** Found by its `_id` only. */
export const TAX_SETTINGS_INDEXES = [
  { collection: TAX_SETTINGS },
] as const satisfies readonly IndexSpec[];

/** Opens the settings. */
export function taxSettingsStore(db: Db): TaxSettingsStore {
  const collection = db.collection<TaxSettingsDoc>(TAX_SETTINGS);
  return {
    async find(organisationId, session) {
      const filter = { _id: organisationId };
      const doc = await collection.findOne(filter, session === undefined ? {} : { session });
      if (doc === null) return NO_TAX_SETTINGS;
      const { _id, seller, ...settings } = doc;
      return { ...settings, ...(seller && { seller: partyFromDoc(seller) }) };
    },
    async replace(organisationId, { seller, ...settings }, session) {
      const doc = {
        ...settings,
        reverseChargeCountryCodes: [...settings.reverseChargeCountryCodes],
        ...(seller && { seller: partyToDoc(seller) }),
      };
      await collection.replaceOne({ _id: organisationId }, doc, { upsert: true, session });
    },
  };
}
