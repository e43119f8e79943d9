import { derivedId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import { creditLines, type LineRequest } from '../../credit-notes/domain/credit-lines';
import { totalOf, type CreditNote } from '../../credit-notes/domain/credit-note';
import type { PostedBill, PostedLine } from '../../intake/domain/posted-bill';
import { buildInvoice, buildJointInvoice } from '../../invoices/domain/build-invoice';
import {
  linesOf,
  type DraftInvoice,
  type FinalizedInvoice,
  type InvoiceLine,
} from '../../invoices/domain/invoice';
import { finalizeInvoice } from '../../numbering/domain/finalize-invoice';
import { DEFAULT_SETTINGS, type InvoicingSettings } from '../../settings/domain/invoicing-settings';
import type { AccountTaxDetails } from '../../taxes/domain/account-tax-details';
import type { TaxRate } from '../../taxes/domain/tax-rate';
import { NO_TAX_SETTINGS, type TaxSettings } from '../../taxes/domain/tax-settings';
import { flatCharge, llmCharges, postedBill, usageCharge } from '../../testing/posted-bills';
import { assessInvoice, type InvoiceOff, type TaxTerms } from '../../totals/domain/assess-invoice';
import type { Party } from '../../totals/domain/assessment';
import type { OffTerms } from '../../totals/domain/discounts';

export const SELLER: Party = {
  name: 'Penny Lane GmbH',
  address: {
    ...{ lines: ['Straße 1', 'Hof 2', 'Aufgang C'], city: 'Berlin', postalCode: '10115' },
    ...{ region: '', countryCode: 'DE' },
  },
  taxIds: [{ countryCode: 'DE', value: 'DE136695976' }],
};

export const CUSTOMER: AccountTaxDetails = {
  address: {
    ...{ lines: ['Feldweg 3'], city: 'Hamburg', postalCode: '20095', region: '' },
    countryCode: 'DE',
  },
  taxIds: [],
};

const FRENCH_CUSTOMER: AccountTaxDetails = {
  address: {
    ...{ lines: ['1 rue de la Paix'], city: 'Paris', postalCode: '75002', region: '' },
    countryCode: 'FR',
  },
  taxIds: [{ countryCode: 'FR', value: 'FR40303265045' }],
};

const BANK_ACCOUNT = { iban: 'DE02120300000000202051', bic: 'BYLADEM1001', holder: '' };

/** German VAT of 19 %, of 7 % for books, and nothing on stamps. */
const RATES = [rate('19', ''), rate('7', 'books'), rate('0', 'stamps')];

function rate(percent: string, category: string): TaxRate {
  return {
    ...{ id: derivedId('txr', percent), name: 'VAT', percent: decimal(percent), compound: false },
    ...{ countryCode: 'DE', region: '', postalCodePrefix: '', category, note: '' },
  };
}

/** How an invoice differs from one of three lines at 19 %. */
export interface SampleTerms {
  readonly bill?: Partial<PostedBill>;
  readonly settings?: Partial<TaxSettings>;
  readonly details?: AccountTaxDetails;
  readonly rates?: readonly TaxRate[];
  readonly off?: readonly OffTerms[];
  /** Tax categories by description of the line. */
  readonly categories?: Readonly<Record<string, string>>;
  readonly invoicing?: Partial<InvoicingSettings>;
  /** In minor units. */
  readonly credits?: bigint;
  readonly balance?: bigint;
}

/** A finalized invoice in euros, of a seller in Berlin. */
export function sampleInvoice(terms: SampleTerms = {}): FinalizedInvoice {
  const bill = postedBill({ currencyCode: 'EUR', ...terms.bill });
  return finalized(buildInvoice(bill, settingsOf(terms)), terms);
}

function settingsOf({ invoicing }: SampleTerms): InvoicingSettings {
  return { ...DEFAULT_SETTINGS, bankAccount: BANK_ACCOUNT, ...invoicing };
}

function finalized(draft: DraftInvoice, terms: SampleTerms): FinalizedInvoice {
  const { credits = 0n, balance = 0n, off = [] } = terms;
  const discounts = off.map((each, index): InvoiceOff => ({
    ...{ redemptionId: derivedId('cpr', String(index)), couponId: derivedId('cpn', String(index)) },
    ...{ name: `Coupon ${index + 1}`, code: `C${index + 1}`, off: each },
  }));
  const assessed = assessInvoice(draft, { discounts, taxes: taxesOf(terms) });
  const { currencyCode } = draft.total;
  const grant = { creditGrantId: derivedId('cgr', 'one'), memo: 'Prepaid' };
  const paying =
    credits === 0n ? [] : [{ ...grant, amount: { currencyCode, minorUnits: credits } }];
  const issued = Date.UTC(2026, 10, 1, 0, 1, 12);
  return finalizeInvoice({ ...assessed, credits: paying }, 'INV-000017', issued, balance);
}

function taxesOf({
  settings,
  details = CUSTOMER,
  rates = RATES,
  categories = {},
}: SampleTerms): TaxTerms {
  const feeTaxes = Object.entries(categories).map(
    ([description, category]) => [derivedId('fee', description), { category }] as const,
  );
  return {
    settings: {
      ...NO_TAX_SETTINGS,
      ...{ calculation: 'rates', seller: SELLER, reverseChargeCountryCodes: ['DE', 'FR'] },
      ...settings,
    },
    details,
    feeTaxes: new Map(feeTaxes),
    rates,
  };
}

/** What an earlier bill charged and this one gives back. */
function giveBack(description: string, amount: string): PostedLine {
  const charge = flatCharge(description, amount);
  return { ...charge, kind: 'adjustment', credited: true, exactAmount: charge.exactAmount.neg() };
}

function promotionalCredit(covered: PostedLine, amount: Decimal): PostedLine {
  const { feeId: _fee, ...line } = flatCharge('Welcome credits', amount.neg().toString());
  const credit = { creditGrantId: derivedId('cgr', 'two'), coveredChargeId: covered.chargeId };
  return { ...line, kind: 'promotional_credit', credit };
}

const hours = usageCharge('Advice', {
  unit: 'hours',
  tiers: [{ quantity: '12.5', unitAmount: '80' }],
});
const books = flatCharge('Books', '33.33');
const support = flatCharge('Support', '49.99');

/** Invoices of all kinds, by what is special about them. */
export const SAMPLES = {
  plain: sampleInvoice(),
  'two-rates': sampleInvoice({
    bill: { lines: [hours, books, flatCharge('Stamps', '8')] },
    categories: { Books: 'books', Stamps: 'stamps' },
  }),
  'reverse-charge': sampleInvoice({ details: FRENCH_CUSTOMER }),
  'reverse-charge-elsewhere': sampleInvoice({
    details: {
      address: { ...{ lines: [], city: 'London', postalCode: '', region: '' }, countryCode: 'GB' },
      taxIds: [{ countryCode: 'GB', value: '980780684' }],
      exemption: { kind: 'reverse_charge', note: 'Reverse charge' },
    },
  }),
  exempt: sampleInvoice({
    details: { ...CUSTOMER, exemption: { kind: 'exempt', note: 'Exempt under § 4 UStG' } },
  }),
  included: sampleInvoice({
    bill: { lines: [hours, books, support] },
    settings: { pricesIncludeTax: true },
    categories: { Books: 'books' },
    off: [{ kind: 'percent', percent: decimal('10') }],
  }),
  discounts: sampleInvoice({
    bill: { lines: [hours, books, support] },
    categories: { Books: 'books' },
    off: [
      { kind: 'percent', percent: decimal('12.5') },
      { kind: 'amount', minorUnits: 1_000n },
    ],
  }),
  paid: sampleInvoice({ credits: 1_000n, balance: -250n }),
  'promotional-credits': sampleInvoice({
    bill: { lines: [hours, support, promotionalCredit(hours, decimal('100'))] },
  }),
  'gives-back': sampleInvoice({ bill: { lines: [hours, giveBack('Support', '49.99')] } }),
  'gives-back-more': sampleInvoice({ bill: { lines: [books, giveBack('Support', '49.99')] } }),
  yen: sampleInvoice({
    bill: { currencyCode: 'JPY', lines: llmCharges() },
    off: [{ kind: 'percent', percent: decimal('10') }],
  }),
  'by-line': sampleInvoice({
    bill: { lines: Array.from({ length: 9 }, (_, index) => flatCharge(`Seat ${index}`, '0.13')) },
    settings: { rounding: 'line' },
  }),
  terms: sampleInvoice({
    invoicing: {
      ...{ purchaseOrderNumber: 'PO <4711> & more', memo: 'Thank you ✂️ \u0001\nשלום' },
      customFields: [{ name: 'Cost centre', value: '0815' }],
      bankAccount: { ...BANK_ACCOUNT, bic: '', holder: 'Penny Lane Treuhand' },
    },
  }),
  joint: finalized(
    buildJointInvoice(
      {
        jointId: derivedId('jnt', 'one'),
        bills: ['one', 'two'].map((name) =>
          postedBill({
            currencyCode: 'EUR',
            billId: derivedId('bill', name),
            subscriptionId: derivedId('sub', name),
            planName: `Plan ${name}`,
          }),
        ) as [PostedBill, PostedBill],
      },
      DEFAULT_SETTINGS,
    ),
    {},
  ),
};

/** A credit note of an invoice, with it. */
export function sampleCreditNote(
  invoice: FinalizedInvoice,
  requests: (lines: InvoiceLine[]) => LineRequest[],
): readonly [CreditNote, FinalizedInvoice] {
  const lines = creditLines(invoice, [], requests(linesOf(invoice)));
  const total = totalOf({ lines });
  return [
    {
      ...{ id: derivedId('crn', invoice.id), organisationId: invoice.organisationId },
      ...{ accountId: invoice.accountId, invoiceId: invoice.id, invoiceNumber: invoice.number },
      ...{ number: 'CN-000003', currencyCode: invoice.total.currencyCode, reason: 'As agreed' },
      ...{ issueMs: Date.UTC(2026, 10, 9), finalizeMs: Date.UTC(2026, 10, 9, 1), lines },
      ...{ writtenOff: total - 1n, toBalance: 1n, refunded: 0n, toCredits: 0n },
    },
    invoice,
  ];
}

/** Credit notes with the invoices that they take back. */
export const CREDIT_NOTES = {
  whole: sampleCreditNote(SAMPLES.discounts, () => []),
  parts: sampleCreditNote(SAMPLES.included, ([first, second]) => [
    { lineId: first?.id ?? '', part: { kind: 'quantity', quantity: decimal('2.5') } },
    { lineId: second?.id ?? '', part: { kind: 'amount', minorUnits: 777n } },
  ]),
  'with-credits': sampleCreditNote(SAMPLES['promotional-credits'], () => []),
  'reverse-charge': sampleCreditNote(SAMPLES['reverse-charge'], () => []),
};
