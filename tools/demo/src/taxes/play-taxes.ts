import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Invoice } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import { TaxCalculation } from '@billingrails/contracts/billingrails/invoicing/v1/tax_pb';
import type { Clients } from '@billingrails/stack/clients';
import { at } from '../clock';
import { LOGO } from './logo';
import { until } from '@billingrails/stack/until';

/** An invoice with what is let off and taxed, in short. */
export interface TaxedFigure {
  readonly number: string;
  readonly account: string;
  /** What leads to the total, in its order: lines, discounts, taxes, the total. */
  readonly rows: readonly { readonly what: string; readonly amount: string }[];
  /** Where it lies as an e-invoice: UBL by itself, and a PDF that holds it. */
  readonly xml: string;
  readonly pdf: string;
  /** Set where its lines were written by hand, of no subscription. */
  readonly isOneOff?: true;
  /** What was taken back of it. Unset: nothing. */
  readonly credited?: CreditedFigure;
}

/** A credit note in short, and where its PDF lies, which is an e-invoice too. */
export interface CreditedFigure {
  readonly number: string;
  readonly total: string;
  readonly pdf: string;
  /** Where the account's statement lies, as a PDF. */
  readonly statement: string;
}

const MONTH_START = '2026-01-01T00:00:00Z';
/** With the grace after the month's end. */
const MONTH_END = '2026-02-01T02:00:00Z';
const HANDBOOK = 'Handbook';
/** The account that returns it. */
const RETURNING = 'penny-lane';
const MEMBERS = ['DE', 'FR'];

/**
 * Two customers of a seller in Berlin, billed for January: one there with a coupon, who pays two rates, one of them
 * included in its price; and a company in Paris with a tax id, which accounts for the tax itself. The one returns its
 * handbook, for a credit note, and has a workshop by hand. Played again under the same request_ids, they are what is
 * there already. All are written as e-invoices into `folder`, and look as the seller wants.
 */
export async function playTaxes(clients: Clients, folder: string): Promise<TaxedFigure[]> {
  await clients.testClock.createTestClock({
    currentTime: at(MONTH_START),
    requestId: 'taxes-clock',
  });
  const { plan } = await clients.plans.createPlan({
    ...{ name: 'Studio', currencyCode: 'EUR', requestId: 'taxes-plan' },
    fees: [
      { name: 'Studio', price: { model: { case: 'flat', value: { amount: '49.00' } } } },
      { name: HANDBOOK, price: { model: { case: 'flat', value: { amount: '10.70' } } } },
    ],
  });
  await keepTaxes(clients, plan?.fees[1]?.id ?? '');
  const accounts = [RETURNING, 'abbey-road'];
  for (const accountId of accounts) {
    const requestId = `taxes-${accountId}`;
    await clients.accounts.createAccount({ accountId, name: accountId, requestId });
    const planId = plan?.id ?? '';
    await clients.subscriptions.createSubscription({ accountId, planId, requestId });
  }
  await clients.testClock.advanceTestClock({
    currentTime: at(MONTH_END),
    requestId: 'taxes-advance',
  });
  const issued = await until('the taxed invoices to be there', async () => {
    const { invoices } = await clients.invoices.listInvoices({});
    const byAccount = new Map(invoices.map((invoice) => [invoice.accountId, invoice]));
    const found = accounts.flatMap((accountId) => byAccount.get(accountId) ?? []);
    return found.length === accounts.length ? found : undefined;
  });
  const figures: TaxedFigure[] = [];
  for (const invoice of issued) {
    const files = await writeEInvoice(clients, invoice, folder);
    const credited = await takeBackHandbook(clients, invoice, folder);
    figures.push({ ...figureOf(invoice), ...files, ...(credited && { credited }) });
  }
  const workshop = await invoiceWorkshop(clients);
  const files = await writeEInvoice(clients, workshop, folder);
  return [...figures, { ...figureOf(workshop), ...files, isOneOff: true }];
}

/** An invoice of no subscription: what it asks for was agreed by word of mouth. */
async function invoiceWorkshop({ invoices }: Clients): Promise<Invoice> {
  const { invoice } = await invoices.createInvoice({
    ...{ accountId: RETURNING, currencyCode: 'EUR', timeZone: 'Europe/Berlin' },
    lines: [
      { description: 'Workshop, day', quantity: '2', unitAmount: '450.00', percentOff: '10' },
      { description: HANDBOOK, quantity: '3', unitAmount: '10.00', taxCategory: 'books' },
    ],
    memo: 'As agreed on the phone.',
    requestId: 'taxes-workshop',
  });
  if (invoice === undefined) throw new Error('The one-off invoice was not returned.');
  return invoice;
}

async function writeEInvoice(
  { invoices }: Clients,
  { id: invoiceId, number, accountId }: Invoice,
  folder: string,
): Promise<Pick<TaxedFigure, 'xml' | 'pdf'>> {
  const name = `${accountId}-${number}`;
  return {
    xml: await write(folder, `${name}.xml`, invoices.renderInvoiceXml({ invoiceId })),
    pdf: await write(folder, `${name}.pdf`, invoices.renderInvoicePdf({ invoiceId })),
  };
}

async function takeBackHandbook(
  { creditNotes, receivables }: Clients,
  { id: invoiceId, accountId, lines }: Invoice,
  folder: string,
): Promise<CreditedFigure | undefined> {
  if (accountId !== RETURNING) return undefined;
  const handbook = lines.find(({ description }) => description === HANDBOOK)?.id ?? '';
  const { creditNote } = await creditNotes.createCreditNote({
    ...{ invoiceId, reason: 'The handbook was returned', requestId: 'taxes-credit-note' },
    lines: [{ invoiceLineId: handbook }],
  });
  const { id: creditNoteId = '', number = '', total } = creditNote ?? {};
  const parts = creditNotes.renderCreditNotePdf({ creditNoteId });
  const pdf = await write(folder, `${accountId}-${number}.pdf`, parts);
  const asked = { accountId, currencyCode: 'EUR', timeZone: 'Europe/Berlin' };
  const statement = await write(
    folder,
    `${accountId}-statement.pdf`,
    receivables.renderStatementPdf(asked),
  );
  return { number, total: total?.amount ?? '', pdf, statement };
}

async function write(
  folder: string,
  name: string,
  parts: AsyncIterable<{ content: Uint8Array }>,
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const contents: Uint8Array[] = [];
  for await (const { content } of parts) contents.push(content);
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat(contents));
  return path;
}

async function keepTaxes(clients: Clients, bookFeeId: string): Promise<void> {
  const { taxes, coupons, invoicingSettings } = clients;
  await taxes.updateTaxSettings({
    settings: {
      calculation: TaxCalculation.RATES,
      seller: {
        name: 'Strawberry Fields GmbH',
        address: { lines: ['Torstraße 1'], city: 'Berlin', postalCode: '10115', countryCode: 'DE' },
        taxIds: [{ countryCode: 'DE', value: 'DE136695976' }],
      },
      reverseChargeCountryCodes: MEMBERS,
    },
    requestId: 'taxes-settings',
  });
  const { logo } = await invoicingSettings.createLogo({
    content: Buffer.from(LOGO, 'base64'),
    requestId: 'taxes-logo',
  });
  await invoicingSettings.updateInvoicingSettings({
    settings: {
      branding: {
        ...{ logoId: logo?.id ?? '', accentColor: '#a3162e', tintColor: '#fdf3f4' },
        footer: 'Strawberry Fields GmbH · HRB 4711, Amtsgericht Charlottenburg',
      },
    },
    requestId: 'taxes-branding',
  });
  const vat = { name: 'VAT', countryCode: 'DE' };
  await taxes.createTaxRate({ rate: { ...vat, percent: '19' }, requestId: 'taxes-rate' });
  const books = { ...vat, percent: '7', taxCategory: 'books' };
  await taxes.createTaxRate({ rate: books, requestId: 'taxes-rate-books' });
  const tax = { taxCategory: 'books', priceIncludesTax: true };
  await taxes.setFeeTax({ feeId: bookFeeId, tax, requestId: 'taxes-fee' });
  await taxes.setAccountTaxDetails({
    accountId: 'abbey-road',
    details: {
      address: { city: 'Paris', postalCode: '75001', countryCode: 'FR' },
      taxIds: [{ countryCode: 'FR', value: 'FR 40 303 265 045' }],
    },
    requestId: 'taxes-details',
  });
  await taxes.setAccountTaxDetails({
    accountId: 'penny-lane',
    details: { address: { city: 'Hamburg', postalCode: '20095', countryCode: 'DE' } },
    requestId: 'taxes-details-there',
  });
  await coupons.createCoupon({
    coupon: { code: 'WELCOME', name: 'Welcome', off: { case: 'percentOff', value: '10' } },
    requestId: 'taxes-coupon',
  });
  const code = 'welcome';
  await coupons.redeemCoupon({
    ...{ accountId: 'penny-lane', code, startTime: at(MONTH_START), requestId: 'taxes-redeem' },
  });
}

function figureOf({
  number,
  accountId,
  lines,
  discounts,
  taxes,
  total,
}: Invoice): Omit<TaxedFigure, 'xml' | 'pdf' | 'credited'> {
  return {
    number,
    account: accountId,
    rows: [
      ...lines.map(({ description, amount }) => ({
        ...{ what: description, amount: amount?.amount ?? '' },
      })),
      ...discounts.map(({ name, percentOff, baseAmount, amount }) => ({
        what: `${name}: ${percentOff} % off ${baseAmount?.amount}`,
        amount: `-${amount?.amount}`,
      })),
      ...taxes.map(({ name, percent, baseAmount, amount, included, note }) => ({
        what: `${name} ${percent} % of ${baseAmount?.amount}${included ? ', included' : ''}${note && `. ${note}`}`,
        amount: amount?.amount ?? '',
      })),
      { what: 'Total', amount: total?.amount ?? '' },
    ],
  };
}
