import { derivedId } from '@billingrails/ids';
import { decimal, moneyText, parseMoney, toMoney } from '@billingrails/money';
import { amountDueOf, type FinalizedInvoice } from '../../invoices/domain/invoice';
import { flatCharge } from '../../testing/posted-bills';
import { totalOf } from '../../credit-notes/domain/credit-note';
import { CREDIT_NOTES, CUSTOMER, SAMPLES, sampleInvoice, SELLER } from '../testing/samples';
import type { EInvoice } from './e-invoice';
import { eCreditNoteOf } from './from-credit-note';
import { eInvoiceOf } from './from-invoice';
import { gapsOf } from './gaps';
import { priceOf } from './price';
import { vatKey } from './vat-category';

const creditNotes = Object.entries(CREDIT_NOTES).map(
  ([name, [creditNote, invoice]]) => [name, eCreditNoteOf(creditNote, invoice)] as const,
);
const all: (readonly [string, EInvoice])[] = [
  ...Object.entries(SAMPLES).map(([name, invoice]) => [name, eInvoiceOf(invoice)] as const),
  ...creditNotes,
];

/** Minor units of a text of the document. */
function readerOf({ currencyCode }: EInvoice) {
  return (text: string): bigint => {
    const money = parseMoney(text, currencyCode);
    if (money === undefined) throw new Error(`${text} is no amount of ${currencyCode}`);
    return money.minorUnits;
  };
}

test.each(all)(
  '%s: sums are of what stands on the document (BR-CO-10 to BR-CO-17)',
  (_, document) => {
    const { lines, allowances, vat, totals, currencyCode } = document;
    const read = readerOf(document);
    const sum = (texts: readonly string[]) => texts.reduce((total, text) => total + read(text), 0n);
    const taken = (isCharge: boolean) =>
      sum(allowances.flatMap((each) => (each.isCharge === isCharge ? [each.amount] : [])));
    expect(read(totals.lines)).toBe(sum(lines.map(({ amount }) => amount)));
    expect(read(totals.allowances)).toBe(taken(false));
    expect(read(totals.charges)).toBe(taken(true));
    expect(read(totals.net)).toBe(read(totals.lines) - taken(false) + taken(true));
    expect(read(totals.vat)).toBe(sum(vat.map(({ amount }) => amount)));
    expect(read(totals.gross)).toBe(read(totals.net) + read(totals.vat));
    expect(read(totals.due)).toBe(read(totals.gross) - read(totals.paid));
    expect(sum(vat.map(({ base }) => base))).toBe(read(totals.net));
    for (const { category, base, amount } of vat) {
      const of = <T extends { vat: typeof category }>(each: T) =>
        vatKey(each.vat) === vatKey(category);
      const off = allowances
        .filter(of)
        .map((each) => read(each.amount) * (each.isCharge ? -1n : 1n));
      const own = sum(lines.filter(of).map((line) => line.amount));
      expect(read(base)).toBe(own - off.reduce((a, b) => a + b, 0n));
      const exact = decimal(base).mul(category.percent).mul(decimal('0.01'));
      const difference = toMoney(exact.sub(decimal(amount)), currencyCode);
      expect(Math.abs(Number(moneyText(difference)))).toBeLessThan(1);
    }
  },
);

test.each(all)('%s: each line is its quantity × its price', (_, document) => {
  for (const { quantity, price, baseQuantity = '1', amount } of document.lines) {
    const exact = decimal(quantity).mul(decimal(price)).divide(decimal(baseQuantity), 2, 'half');
    expect(exact.eq(decimal(amount))).toBe(true);
    expect(decimal(price).isNegative()).toBe(false);
  }
});

test.each(Object.entries(SAMPLES))('%s asks for what the invoice does', (_, invoice) => {
  const { totals } = eInvoiceOf(invoice);
  expect(totals).toMatchObject({
    net: moneyText({ ...invoice.total, minorUnits: invoice.assessment?.net ?? 0n }),
    vat: moneyText({ ...invoice.total, minorUnits: invoice.assessment?.tax ?? 0n }),
    gross: moneyText(invoice.total),
    due: moneyText(amountDueOf(invoice)),
  });
});

test('a credit note takes back what it says, of its invoice', () => {
  for (const [creditNote, invoice] of Object.values(CREDIT_NOTES)) {
    const { totals, preceding } = eCreditNoteOf(creditNote, invoice);
    const { currencyCode } = creditNote;
    expect(totals.gross).toBe(moneyText({ currencyCode, minorUnits: totalOf(creditNote) }));
    expect(preceding).toEqual({ number: invoice.number, issueDate: '2026-11-01' });
  }
});

test('discounts are allowances by tax; where prices include it, without it', () => {
  const shown = (name: 'discounts' | 'included') =>
    eInvoiceOf(SAMPLES[name]).allowances.map(({ reason, amount, vat }) => [
      ...[reason, amount, vat.percent.toString()],
    ]);
  expect(shown('discounts')).toEqual([
    ['Coupon 1', '131.25', '19'],
    ['Coupon 2', '9.69', '19'],
    ['Coupon 1', '4.17', '7'],
    ['Coupon 2', '0.31', '7'],
  ]);
  // With tax: 100.00 and 5.00 at 19 %, 3.33 at 7 %; each line's part is taken out of by itself.
  expect(shown('included')).toEqual([
    ['Coupon 1', '88.23', '19'],
    ['Coupon 1', '3.11', '7'],
  ]);
});

test.each([
  // The price of one where it comes to the amount, rounded once.
  ['245896', 'token', '0.00001', '2.46', { quantity: '245896', price: '0.00001', unitCode: 'C62' }],
  ['12.5', 'hours', '80', '1000.00', { quantity: '12.5', price: '80', unitCode: 'HUR' }],
  // Otherwise that of all.
  [
    '12.5',
    'hours',
    undefined,
    '990.00',
    { quantity: '12.5', price: '990.00', baseQuantity: '12.5' },
  ],
  ['12.5', 'hours', '79', '990.00', { quantity: '12.5', price: '990.00', baseQuantity: '12.5' }],
  ['1', '', undefined, '-7.00', { quantity: '-1', price: '7.00' }],
  ['0', 'token', undefined, '5.00', { quantity: '1', price: '5.00' }],
  ['3', 'call', '0', '0.00', { quantity: '3', price: '0' }],
])('%s %s at %s for %s', (quantity, unit, unitPrice, amount, expected) => {
  const counted = {
    ...{ quantity: decimal(quantity), unit },
    ...(unitPrice === undefined ? {} : { unitPrice: decimal(unitPrice) }),
  };
  expect(priceOf(toMoney(decimal(amount), 'EUR'), counted)).toMatchObject(expected);
});

const { address: _address, ...homeless } = SELLER;
const reversed = { exemption: { kind: 'reverse_charge', note: 'Reverse charge' } } as const;

test.each<[string, FinalizedInvoice, string[]]>([
  ['nothing', SAMPLES.plain, []],
  ['nothing, of one that buys credits', sampleInvoice({ bill: { buysCredits: true } }), []],
  ['an untaxed one', withoutTaxes(SAMPLES.plain), ['taxes']],
  ['no seller', withoutSeller(SAMPLES.plain), ['seller']],
  [
    'a seller without name, address and id',
    sampleInvoice({
      settings: { seller: { ...homeless, name: '', taxIds: [] } },
      details: CUSTOMER,
    }),
    ['seller.name', 'seller.address', 'seller.tax_ids'],
  ],
  ['no address of the customer', sampleInvoice({ details: { taxIds: [] } }), ['customer.address']],
  [
    'a reverse charge without a tax id',
    sampleInvoice({ details: { ...CUSTOMER, ...reversed } }),
    ['customer.tax_ids'],
  ],
  ['no rate', sampleInvoice({ rates: [] }), ['lines[0].taxes']],
  ['two taxes', sampleInvoice({ rates: twoTaxes() }), ['lines[0].taxes']],
  ['no lines', sampleInvoice({ bill: { lines: [] } }), ['lines']],
  ['thousandths', sampleInvoice({ bill: { currencyCode: 'KWD' } }), ['total.currency_code']],
  [
    'taxes of 1000 lines, rounded one by one',
    sampleInvoice({
      bill: {
        lines: Array.from({ length: 1000 }, (_, index) => flatCharge(`Seat ${index}`, '0.13')),
      },
      settings: { rounding: 'line' },
    }),
    ['taxes[0].amount'],
  ],
])('what is missing is named: %s', (_, invoice, fields) => {
  expect(gapsOf(invoice).map(({ field }) => field)).toEqual(fields);
});

function withoutTaxes({ assessment: _assessment, ...invoice }: FinalizedInvoice): FinalizedInvoice {
  return invoice;
}

function withoutSeller(invoice: FinalizedInvoice): FinalizedInvoice {
  if (invoice.assessment === undefined) return invoice;
  const { seller: _seller, ...assessment } = invoice.assessment;
  return { ...invoice, assessment };
}

function twoTaxes() {
  return ['GST', 'QST'].map((name) => ({
    ...{ id: derivedId('txr', name), name, percent: decimal('5'), compound: false },
    ...{ countryCode: 'DE', region: '', postalCodePrefix: '', category: '', note: '' },
  }));
}
