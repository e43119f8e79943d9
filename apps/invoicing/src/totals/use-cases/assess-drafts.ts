import type { AccountId, CouponRedemptionId, OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { offsOf, type CouponRedemption } from '../../coupons/domain/coupon';
import type { CouponRedemptionStore } from '../../coupons/store/coupon-redemptions';
import type { DraftInvoice } from '../../invoices/domain/invoice';
import type { Calculations } from '../../taxes/use-cases/calculated-rates';
import { taxTermsOf, type TaxStores } from '../../taxes/use-cases/tax-terms';
import { assessInvoice, type TaxTerms } from '../domain/assess-invoice';

/** What assessing needs of the stores. */
export interface AssessStores extends TaxStores {
  readonly couponRedemptions: CouponRedemptionStore;
}

/**
 * Drafts that are put together now, in their order, with what is let off them and taxed on them; coupons count them.
 * Run in the transaction that stores them: so a coupon for one invoice is on one, whoever puts them together.
 */
export async function assessDrafts(
  stores: AssessStores,
  drafts: readonly DraftInvoice[],
  calculations: Calculations,
  session: ClientSession,
): Promise<DraftInvoice[]> {
  const taxes = await taxTermsOf(stores, drafts, session);
  const redeemed = await redemptionsOf(stores, drafts, session);
  const assessed: DraftInvoice[] = [];
  for (const [place, draft] of drafts.entries()) {
    const terms = withCalculation(taxes[place], calculations.get(draft.id));
    // What buys credits is let nothing off: what the credits pay is.
    const own = draft.buysCredits === true ? [] : (redeemed.get(ownerKey(draft)) ?? []);
    const { currencyCode } = draft.total;
    const discounts = offsOf(own, { issueMs: draft.issueMs, currencyCode });
    const invoice = assessInvoice(draft, { discounts, ...(terms && { taxes: terms }) });
    if (draft.buysCredits !== true) redeemed.set(ownerKey(draft), counted(own, invoice));
    assessed.push(invoice);
  }
  await countInvoices(stores, assessed, session);
  return assessed;
}

function withCalculation(
  terms: TaxTerms | undefined,
  calculation: ReturnType<Calculations['get']>,
): TaxTerms | undefined {
  if (terms === undefined || calculation === undefined || 'error' in calculation) return terms;
  return { ...terms, calculated: calculation.rates };
}

type Owner = Pick<DraftInvoice, 'organisationId' | 'accountId'>;

function ownerKey({ organisationId, accountId }: Owner): string {
  return `${organisationId}/${accountId}`;
}

async function redemptionsOf(
  { couponRedemptions }: AssessStores,
  drafts: readonly DraftInvoice[],
  session: ClientSession,
): Promise<Map<string, readonly CouponRedemption[]>> {
  const accounts = new Map<OrganisationId, AccountId[]>();
  for (const { organisationId, accountId } of drafts)
    accounts.set(organisationId, [...(accounts.get(organisationId) ?? []), accountId]);
  const found = new Map<string, readonly CouponRedemption[]>();
  for (const [organisationId, accountIds] of accounts)
    for (const each of await couponRedemptions.ofAccounts(organisationId, accountIds, session)) {
      const key = ownerKey({ organisationId, accountId: each.accountId });
      found.set(key, [...(found.get(key) ?? []), each]);
    }
  return found;
}

/** The redemptions after the invoice: of one that lets off something an invoice more. */
function counted(
  redemptions: readonly CouponRedemption[],
  { assessment }: DraftInvoice,
): readonly CouponRedemption[] {
  const used = new Set(assessment?.discounts.map(({ redemptionId }) => redemptionId));
  return redemptions.map((each) =>
    used.has(each.id) ? { ...each, invoiceCount: each.invoiceCount + 1 } : each,
  );
}

async function countInvoices(
  { couponRedemptions }: AssessStores,
  invoices: readonly DraftInvoice[],
  session: ClientSession,
): Promise<void> {
  const counts = new Map<OrganisationId, Map<CouponRedemptionId, number>>();
  for (const { organisationId, assessment } of invoices) {
    const own = counts.get(organisationId) ?? new Map<CouponRedemptionId, number>();
    for (const { redemptionId } of assessment?.discounts ?? [])
      own.set(redemptionId, (own.get(redemptionId) ?? 0) + 1);
    counts.set(organisationId, own);
  }
  for (const [organisationId, own] of counts)
    await couponRedemptions.countInvoices(organisationId, own, session);
}
