import { decimalText } from '@billingrails/money';
import type { Allowance, EInvoice, ELine, EParty, VatSum } from '../domain/e-invoice';
import type { VatCategory } from '../domain/vat-category';
import { EN_16931, paymentCodeOf, TYPE_CODES } from './codes';
import { optional, unlessEmpty, writeXml, type Elements } from './write-xml';

const NAMESPACE = 'urn:oasis:names:specification:ubl:schema:xsd';

/** Writes it in UBL 2.1: an Invoice or a CreditNote. */
export function writeUbl(invoice: EInvoice): string {
  const isInvoice = invoice.kind === 'invoice';
  const root = isInvoice ? 'Invoice' : 'CreditNote';
  return writeXml({
    [root]: {
      '@xmlns': `${NAMESPACE}:${root}-2`,
      '@xmlns:cac': `${NAMESPACE}:CommonAggregateComponents-2`,
      '@xmlns:cbc': `${NAMESPACE}:CommonBasicComponents-2`,
      'cbc:CustomizationID': EN_16931,
      'cbc:ID': invoice.number,
      'cbc:IssueDate': invoice.issueDate,
      'cbc:DueDate': isInvoice ? invoice.dueDate : undefined,
      [`cbc:${root}TypeCode`]: TYPE_CODES[invoice.kind],
      'cbc:Note': invoice.notes,
      'cbc:DocumentCurrencyCode': invoice.currencyCode,
      'cac:InvoicePeriod': {
        'cbc:StartDate': invoice.period.start,
        'cbc:EndDate': invoice.period.end,
      },
      'cac:OrderReference': optional(invoice.purchaseOrderNumber, (id) => ({ 'cbc:ID': id })),
      'cac:BillingReference': invoice.preceding && {
        'cac:InvoiceDocumentReference': {
          'cbc:ID': invoice.preceding.number,
          'cbc:IssueDate': invoice.preceding.issueDate,
        },
      },
      'cac:AccountingSupplierParty': { 'cac:Party': partyOf(invoice.seller) },
      'cac:AccountingCustomerParty': { 'cac:Party': partyOf(invoice.buyer) },
      'cac:PaymentMeans': paymentMeansOf(invoice),
      'cac:PaymentTerms': invoice.paymentTerms && { 'cbc:Note': invoice.paymentTerms },
      'cac:AllowanceCharge': invoice.allowances.map((each) => allowanceOf(each, invoice)),
      'cac:TaxTotal': {
        'cbc:TaxAmount': amountOf(invoice.totals.vat, invoice),
        'cac:TaxSubtotal': invoice.vat.map((each) => taxSubtotalOf(each, invoice)),
      },
      'cac:LegalMonetaryTotal': totalsOf(invoice),
      [`cac:${root}Line`]: invoice.lines.map((line) => lineOf(line, invoice)),
    },
  });
}

type Currency = Pick<EInvoice, 'currencyCode'>;

function amountOf(amount: string, { currencyCode }: Currency): Elements {
  return { '@currencyID': currencyCode, '#': amount };
}

function partyOf({ id, name, vatId, taxNumber, legalId, address }: EParty): Elements {
  const [street, additional, third] = address.lines;
  const schemes = [
    ...(vatId === undefined ? [] : [taxSchemeOf(vatId, 'VAT')]),
    ...(taxNumber === undefined ? [] : [taxSchemeOf(taxNumber, 'TAX')]),
  ];
  return {
    'cac:PartyIdentification': optional(id, (text) => ({ 'cbc:ID': text })),
    'cac:PostalAddress': {
      'cbc:StreetName': unlessEmpty(street),
      'cbc:AdditionalStreetName': unlessEmpty(additional),
      'cbc:CityName': unlessEmpty(address.city),
      'cbc:PostalZone': unlessEmpty(address.postalCode),
      'cbc:CountrySubentity': unlessEmpty(address.region),
      'cac:AddressLine': optional(third, (text) => ({ 'cbc:Line': text })),
      'cac:Country': { 'cbc:IdentificationCode': address.countryCode },
    },
    'cac:PartyTaxScheme': schemes,
    'cac:PartyLegalEntity': { 'cbc:RegistrationName': name, 'cbc:CompanyID': legalId },
  };
}

function taxSchemeOf(id: string, scheme: string): Elements {
  return { 'cbc:CompanyID': id, 'cac:TaxScheme': { 'cbc:ID': scheme } };
}

function paymentMeansOf(invoice: EInvoice): Elements | undefined {
  const { payTo, number, seller } = invoice;
  if (payTo === undefined) return undefined;
  return {
    'cbc:PaymentMeansCode': paymentCodeOf(invoice),
    'cbc:PaymentID': number,
    'cac:PayeeFinancialAccount': {
      'cbc:ID': payTo.iban,
      'cbc:Name': payTo.holder || seller.name,
      'cac:FinancialInstitutionBranch': optional(payTo.bic, (bic) => ({ 'cbc:ID': bic })),
    },
  };
}

function categoryOf({ code, percent, reason }: VatCategory): Elements {
  return {
    'cbc:ID': code,
    'cbc:Percent': decimalText(percent),
    'cbc:TaxExemptionReason': unlessEmpty(reason),
    'cac:TaxScheme': { 'cbc:ID': 'VAT' },
  };
}

/** Without the reason, which stands in the sums alone. */
function plainCategoryOf(vat: VatCategory): Elements {
  return categoryOf({ ...vat, reason: '' });
}

function allowanceOf({ isCharge, reason, amount, vat }: Allowance, currency: Currency): Elements {
  return {
    'cbc:ChargeIndicator': String(isCharge),
    'cbc:AllowanceChargeReason': reason,
    'cbc:Amount': amountOf(amount, currency),
    'cac:TaxCategory': plainCategoryOf(vat),
  };
}

function taxSubtotalOf({ base, amount, category }: VatSum, currency: Currency): Elements {
  return {
    'cbc:TaxableAmount': amountOf(base, currency),
    'cbc:TaxAmount': amountOf(amount, currency),
    'cac:TaxCategory': categoryOf(category),
  };
}

function totalsOf(invoice: EInvoice): Elements {
  const { totals, allowances } = invoice;
  const amount = (text: string) => amountOf(text, invoice);
  const has = (isCharge: boolean) => allowances.some((each) => each.isCharge === isCharge);
  return {
    'cbc:LineExtensionAmount': amount(totals.lines),
    'cbc:TaxExclusiveAmount': amount(totals.net),
    'cbc:TaxInclusiveAmount': amount(totals.gross),
    'cbc:AllowanceTotalAmount': has(false) ? amount(totals.allowances) : undefined,
    'cbc:ChargeTotalAmount': has(true) ? amount(totals.charges) : undefined,
    'cbc:PrepaidAmount': amount(totals.paid),
    'cbc:PayableAmount': amount(totals.due),
  };
}

function lineOf(line: ELine, invoice: EInvoice): Elements {
  const { unitCode, baseQuantity } = line;
  const quantity = (text: string) => ({ '@unitCode': unitCode, '#': text });
  const counted = invoice.kind === 'invoice' ? 'cbc:InvoicedQuantity' : 'cbc:CreditedQuantity';
  return {
    'cbc:ID': line.id,
    'cbc:Note': unlessEmpty(line.note),
    [counted]: quantity(line.quantity),
    'cbc:LineExtensionAmount': amountOf(line.amount, invoice),
    'cac:InvoicePeriod': { 'cbc:StartDate': line.period.start, 'cbc:EndDate': line.period.end },
    'cac:Item': {
      'cbc:Description': unlessEmpty(line.description),
      'cbc:Name': line.name,
      'cac:ClassifiedTaxCategory': plainCategoryOf(line.vat),
    },
    'cac:Price': {
      'cbc:PriceAmount': amountOf(line.price, invoice),
      'cbc:BaseQuantity': baseQuantity === undefined ? undefined : quantity(baseQuantity),
    },
  };
}
