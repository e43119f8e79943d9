import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { linesOf, type DraftInvoice } from '../../invoices/domain/invoice';
import type { TaxTerms } from '../../totals/domain/assess-invoice';
import { NO_TAX_DETAILS, type AccountTaxDetails } from '../domain/account-tax-details';
import type { TaxRate } from '../domain/tax-rate';
import type { TaxSettings } from '../domain/tax-settings';
import type { AccountTaxDetailsStore } from '../store/account-tax-details';
import type { FeeTaxStore } from '../store/fee-taxes';
import type { TaxRateStore } from '../store/tax-rates';
import type { TaxSettingsStore } from '../store/tax-settings';

/** What decides about taxes, as it is kept. */
export interface TaxStores {
  readonly taxSettings: TaxSettingsStore;
  readonly taxRates: TaxRateStore;
  readonly accountTaxDetails: AccountTaxDetailsStore;
  readonly feeTaxes: FeeTaxStore;
}

/** What decides about the taxes of each draft, in their order; undefined where none are kept here. */
export async function taxTermsOf(
  stores: TaxStores,
  drafts: readonly DraftInvoice[],
  session?: ClientSession,
): Promise<(TaxTerms | undefined)[]> {
  const terms = new Map<DraftInvoice, TaxTerms>();
  for (const organisationId of new Set(drafts.map((draft) => draft.organisationId))) {
    const settings = await stores.taxSettings.find(organisationId, session);
    if (settings.calculation === 'none') continue;
    const own = drafts.filter((draft) => draft.organisationId === organisationId);
    for (const [draft, found] of await ownTerms(stores, organisationId, settings, own, session))
      terms.set(draft, found);
  }
  return drafts.map((draft) => terms.get(draft));
}

async function ownTerms(
  stores: TaxStores,
  organisationId: OrganisationId,
  settings: TaxSettings,
  drafts: readonly DraftInvoice[],
  session: ClientSession | undefined,
): Promise<(readonly [DraftInvoice, TaxTerms])[]> {
  const accountIds = drafts.map(({ accountId }) => accountId);
  const details = await stores.accountTaxDetails.findMany(organisationId, accountIds, session);
  const ids = drafts.flatMap((draft) =>
    linesOf(draft).flatMap(({ feeId, product }) => [feeId ?? [], product?.id ?? []].flat()),
  );
  const feeTaxes = await stores.feeTaxes.findMany(organisationId, ids, session);
  const tables = new Map<string, readonly TaxRate[]>();
  const ratesAt = async (account: AccountTaxDetails): Promise<readonly TaxRate[]> => {
    const place = account.address ?? settings.seller?.address;
    if (place === undefined || settings.calculation !== 'rates') return [];
    const key = `${place.countryCode}/${place.postalCode}`;
    const rates = tables.get(key) ?? (await stores.taxRates.at(organisationId, place, session));
    tables.set(key, rates);
    return rates;
  };
  const terms: (readonly [DraftInvoice, TaxTerms])[] = [];
  for (const draft of drafts) {
    const account = details.get(draft.accountId) ?? NO_TAX_DETAILS;
    const rates = await ratesAt(account);
    terms.push([draft, { settings, details: account, feeTaxes, rates }]);
  }
  return terms;
}
