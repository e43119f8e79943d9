import type { ClientSession } from 'mongodb';
import type { DraftInvoice } from '../../invoices/domain/invoice';
import { taxTermsOf, type TaxStores } from '../../taxes/use-cases/tax-terms';
import { assessInvoice } from '../domain/assess-invoice';

/** What assessing needs of the stores. */
export type AssessStores = TaxStores;

/**
 * Drafts that are put together now, with what is let off them and taxed on them. Run in the transaction that stores
 * them.
 */
export async function assessDrafts(
  stores: AssessStores,
  drafts: readonly DraftInvoice[],
  session: ClientSession,
): Promise<DraftInvoice[]> {
  const taxes = await taxTermsOf(stores, drafts, session);
  return drafts.map((draft, place) => {
    const terms = taxes[place];
    return assessInvoice(draft, { discounts: [], ...(terms && { taxes: terms }) });
  });
}
