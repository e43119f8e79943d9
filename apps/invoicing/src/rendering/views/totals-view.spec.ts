import { derivedId } from '@billingrails/ids';
import { decimal, toMoney } from '@billingrails/money';
import { buildInvoice } from '../../invoices/domain/build-invoice';
import type { DraftInvoice, Invoice } from '../../invoices/domain/invoice';
import { finalizeInvoice } from '../../numbering/domain/finalize-invoice';
import { postedBill } from '../../testing/posted-bills';
import type { AssessedTax, Assessment } from '../../totals/domain/assessment';
import { invoicePage } from '../invoice-document';
import { totalsView } from './totals-view';
import { WORDS } from '../words';

const vat: AssessedTax = {
  ...{ name: 'VAT', percent: decimal('19'), treatment: 'taxed', included: false, compound: false },
  ...{ countryCode: 'DE', region: '', category: '', note: '', base: 3_835n, amount: 729n },
};
const coupon = {
  ...{ redemptionId: derivedId('cpr', 'one'), couponId: derivedId('cpn', 'one') },
  ...{ name: 'Spring', code: 'SPRING', percentOff: decimal('10'), base: 4_261n, amount: 426n },
};
const assessed: Assessment = {
  ...{ subtotal: 4_261n, promotionalCredit: 0n, discounts: [coupon], taxes: [vat], lines: [] },
  ...{ net: 3_835n, tax: 729n },
};

function draftOf(changes: Partial<DraftInvoice> = {}): DraftInvoice {
  return { ...buildInvoice(postedBill()), ...changes };
}

function rowsOf(invoice: Invoice): string[] {
  const { totals } = totalsView(invoice, WORDS.en);
  return totals.map(({ label, amount, isMain }) => `${label}: ${amount}${isMain ? ' *' : ''}`);
}

test('an invoice that nothing is let off, taxed on or paid of says its total alone', () => {
  expect(rowsOf(draftOf())).toEqual(['Total: 42.61 USD *']);
  expect(totalsView(draftOf(), WORDS.en).due).toEqual({ label: 'Total', amount: '42.61 USD' });
});

test('sums are said in the order of reckoning: subtotal, discounts, net, taxes, total, credits, balance, due', () => {
  const credit = { creditGrantId: derivedId('cgr', 'one'), memo: 'prepaid' };
  const draft = draftOf({
    assessment: assessed,
    total: toMoney(decimal('45.64'), 'USD'),
    credits: [{ ...credit, amount: toMoney(decimal('5'), 'USD') }],
  });
  const invoice = finalizeInvoice(draft, 'INV-000001', 0, 64n);
  expect(rowsOf(invoice)).toEqual([
    'Subtotal: 42.61 USD',
    'Spring (10 %): −4.26 USD',
    'Net amount: 38.35 USD',
    'VAT 19 % on 38.35: 7.29 USD',
    'Total: 45.64 USD',
    'Paid by credits: prepaid: −5.00 USD',
    'Paid from balance: −0.64 USD',
    'Amount due: 40.00 USD *',
  ]);
});

test('a coupon for some lines says what it is of', () => {
  const appliesTo = { productIds: [], planIds: [], feeIds: [derivedId('fee', 'one')] };
  const { percentOff: _percent, ...amount } = coupon;
  const discounts = [
    { ...coupon, appliesTo },
    { ...amount, base: 3_835n, appliesTo },
  ];
  const rows = rowsOf(draftOf({ assessment: { ...assessed, discounts } }));
  expect(rows.filter((row) => row.startsWith('Spring'))).toEqual([
    'Spring (10 % on 42.61): −4.26 USD',
    'Spring (on 38.35): −4.26 USD',
  ]);
});

test.each([
  ['taxed', true, 'VAT 19 % on 38.35, included'],
  ['zero_rated', false, 'VAT · zero-rated'],
  ['exempt', false, 'VAT · exempt'],
  ['reverse_charge', false, 'VAT · reverse charge'],
] as const)('a tax that is %s (included: %s) is said as "%s"', (treatment, included, label) => {
  const tax = { ...vat, treatment, included, note: 'As the law says.' };
  const draft = draftOf({ assessment: { ...assessed, taxes: [tax] } });
  expect(rowsOf(draft).some((row) => row.startsWith(`${label}: `))).toBe(true);
  expect(totalsView(draft, WORDS.en).taxNotes).toEqual(['As the law says.']);
  expect(invoicePage(draft, WORDS.en)).toContain('As the law says.');
});

test('the head names both parties with address and tax ids, the day of payment, and what the customer wants to find', () => {
  const address = {
    lines: ['Hauptstraße 1'],
    ...{ city: 'Berlin', postalCode: '10115', region: '', countryCode: 'DE' },
  };
  const taxIds = [{ countryCode: 'DE', value: 'DE136695976' }];
  const seller = { name: 'Octopus Garden GmbH', address, taxIds };
  const customer = { name: 'Strawberry Fields Limited', taxIds: [] };
  const terms = {
    ...{ dueDate: '2026-12-01', netDays: 30, purchaseOrderNumber: 'PO-7', memo: 'Thank you.' },
    customFields: [{ name: 'Cost centre', value: '4711' }],
  };
  const draft = draftOf({ assessment: { ...assessed, seller, customer }, terms });
  const page = invoicePage(draft, WORDS.de).replaceAll(/<[^>]*>/g, ' ');
  expect(page.replaceAll(/\s+/g, ' ')).toContain(
    'Rechnungsempfänger Strawberry Fields Limited acct_67890 Rechnungssteller Octopus Garden GmbH ' +
      'Hauptstraße 1 10115 Berlin Deutschland USt-IdNr./Steuernummer DE136695976',
  );
  expect(page).toContain('1. Dezember 2026');
  for (const text of ['PO-7', 'Cost centre', '4711', 'Thank you.']) expect(page).toContain(text);
});
