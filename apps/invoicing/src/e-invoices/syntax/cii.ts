import { decimalText } from '@billingrails/money';
import type { Allowance, EInvoice, ELine, EParty, VatSum } from '../domain/e-invoice';
import type { VatCategory } from '../domain/vat-category';
import { EN_16931, paymentCodeOf, TYPE_CODES } from './codes';
import { optional, unlessEmpty, writeXml, type Elements } from './write-xml';

const NAMESPACE = 'urn:un:unece:uncefact:data:standard';

/** Writes it in UN/CEFACT CII D16B: what Factur-X and ZUGFeRD embed in a PDF. */
export function writeCii(invoice: EInvoice): string {
  return writeXml({
    'rsm:CrossIndustryInvoice': {
      '@xmlns:rsm': `${NAMESPACE}:CrossIndustryInvoice:100`,
      '@xmlns:ram': `${NAMESPACE}:ReusableAggregateBusinessInformationEntity:100`,
      '@xmlns:qdt': `${NAMESPACE}:QualifiedDataType:100`,
      '@xmlns:udt': `${NAMESPACE}:UnqualifiedDataType:100`,
      'rsm:ExchangedDocumentContext': {
        'ram:GuidelineSpecifiedDocumentContextParameter': { 'ram:ID': EN_16931 },
      },
      'rsm:ExchangedDocument': {
        'ram:ID': invoice.number,
        'ram:TypeCode': TYPE_CODES[invoice.kind],
        'ram:IssueDateTime': dateOf(invoice.issueDate),
        'ram:IncludedNote': invoice.notes.map((note) => ({ 'ram:Content': note })),
      },
      'rsm:SupplyChainTradeTransaction': {
        'ram:IncludedSupplyChainTradeLineItem': invoice.lines.map(lineOf),
        'ram:ApplicableHeaderTradeAgreement': {
          'ram:SellerTradeParty': partyOf(invoice.seller),
          'ram:BuyerTradeParty': partyOf(invoice.buyer),
          'ram:BuyerOrderReferencedDocument': optional(invoice.purchaseOrderNumber, (id) => ({
            'ram:IssuerAssignedID': id,
          })),
        },
        // It must be there, also where nothing is delivered.
        'ram:ApplicableHeaderTradeDelivery': {},
        'ram:ApplicableHeaderTradeSettlement': settlementOf(invoice),
      },
    },
  });
}

/** As CII writes dates. */
function dateOf(date: string, prefix: 'udt' | 'qdt' = 'udt'): Elements {
  return { [`${prefix}:DateTimeString`]: { '@format': '102', '#': date.replaceAll('-', '') } };
}

function periodOf({ start, end }: EInvoice['period']): Elements {
  return { 'ram:StartDateTime': dateOf(start), 'ram:EndDateTime': dateOf(end) };
}

function partyOf({ id, name, vatId, taxNumber, legalId, address }: EParty): Elements {
  const [one, two, three] = address.lines;
  const registrations = [
    ...(vatId === undefined ? [] : [{ 'ram:ID': { '@schemeID': 'VA', '#': vatId } }]),
    ...(taxNumber === undefined ? [] : [{ 'ram:ID': { '@schemeID': 'FC', '#': taxNumber } }]),
  ];
  return {
    'ram:ID': id,
    'ram:Name': name,
    'ram:SpecifiedLegalOrganization': optional(legalId, (text) => ({ 'ram:ID': text })),
    'ram:PostalTradeAddress': {
      'ram:PostcodeCode': unlessEmpty(address.postalCode),
      'ram:LineOne': unlessEmpty(one),
      'ram:LineTwo': unlessEmpty(two),
      'ram:LineThree': unlessEmpty(three),
      'ram:CityName': unlessEmpty(address.city),
      'ram:CountryID': address.countryCode,
      'ram:CountrySubDivisionName': unlessEmpty(address.region),
    },
    'ram:SpecifiedTaxRegistration': registrations,
  };
}

function settlementOf(invoice: EInvoice): Elements {
  const { payTo, preceding, paymentTerms, dueDate } = invoice;
  return {
    'ram:PaymentReference': payTo && invoice.number,
    'ram:InvoiceCurrencyCode': invoice.currencyCode,
    'ram:SpecifiedTradeSettlementPaymentMeans': paymentMeansOf(invoice),
    'ram:ApplicableTradeTax': invoice.vat.map(taxOf),
    'ram:BillingSpecifiedPeriod': periodOf(invoice.period),
    'ram:SpecifiedTradeAllowanceCharge': invoice.allowances.map(allowanceOf),
    'ram:SpecifiedTradePaymentTerms': {
      'ram:Description': paymentTerms,
      'ram:DueDateDateTime': dueDate === undefined ? undefined : dateOf(dueDate),
    },
    'ram:SpecifiedTradeSettlementHeaderMonetarySummation': totalsOf(invoice),
    'ram:InvoiceReferencedDocument': preceding && {
      'ram:IssuerAssignedID': preceding.number,
      'ram:FormattedIssueDateTime': dateOf(preceding.issueDate, 'qdt'),
    },
  };
}

function paymentMeansOf(invoice: EInvoice): Elements | undefined {
  const { payTo, seller } = invoice;
  if (payTo === undefined) return undefined;
  return {
    'ram:TypeCode': paymentCodeOf(invoice),
    'ram:PayeePartyCreditorFinancialAccount': {
      'ram:IBANID': payTo.iban,
      'ram:AccountName': payTo.holder || seller.name,
    },
    'ram:PayeeSpecifiedCreditorFinancialInstitution': optional(payTo.bic, (bic) => ({
      'ram:BICID': bic,
    })),
  };
}

function categoryOf({ code, percent }: VatCategory): Elements {
  return {
    'ram:TypeCode': 'VAT',
    'ram:CategoryCode': code,
    'ram:RateApplicablePercent': decimalText(percent),
  };
}

function taxOf({ base, amount, category }: VatSum): Elements {
  return {
    'ram:CalculatedAmount': amount,
    'ram:TypeCode': 'VAT',
    'ram:ExemptionReason': unlessEmpty(category.reason),
    'ram:BasisAmount': base,
    'ram:CategoryCode': category.code,
    'ram:RateApplicablePercent': decimalText(category.percent),
  };
}

function allowanceOf({ isCharge, reason, amount, vat }: Allowance): Elements {
  return {
    'ram:ChargeIndicator': { 'udt:Indicator': String(isCharge) },
    'ram:ActualAmount': amount,
    'ram:Reason': reason,
    'ram:CategoryTradeTax': categoryOf(vat),
  };
}

function totalsOf({ totals, allowances, currencyCode }: EInvoice): Elements {
  const has = (isCharge: boolean) => allowances.some((each) => each.isCharge === isCharge);
  return {
    'ram:LineTotalAmount': totals.lines,
    'ram:ChargeTotalAmount': has(true) ? totals.charges : undefined,
    'ram:AllowanceTotalAmount': has(false) ? totals.allowances : undefined,
    'ram:TaxBasisTotalAmount': totals.net,
    'ram:TaxTotalAmount': { '@currencyID': currencyCode, '#': totals.vat },
    'ram:GrandTotalAmount': totals.gross,
    'ram:TotalPrepaidAmount': totals.paid,
    'ram:DuePayableAmount': totals.due,
  };
}

function lineOf(line: ELine): Elements {
  const quantity = (text: string) => ({ '@unitCode': line.unitCode, '#': text });
  return {
    'ram:AssociatedDocumentLineDocument': {
      'ram:LineID': line.id,
      'ram:IncludedNote': optional(line.note, (note) => ({ 'ram:Content': note })),
    },
    'ram:SpecifiedTradeProduct': {
      'ram:Name': line.name,
      'ram:Description': unlessEmpty(line.description),
    },
    'ram:SpecifiedLineTradeAgreement': {
      'ram:NetPriceProductTradePrice': {
        'ram:ChargeAmount': line.price,
        'ram:BasisQuantity': line.baseQuantity && quantity(line.baseQuantity),
      },
    },
    'ram:SpecifiedLineTradeDelivery': { 'ram:BilledQuantity': quantity(line.quantity) },
    'ram:SpecifiedLineTradeSettlement': {
      'ram:ApplicableTradeTax': categoryOf(line.vat),
      'ram:BillingSpecifiedPeriod': periodOf(line.period),
      'ram:SpecifiedTradeSettlementLineMonetarySummation': { 'ram:LineTotalAmount': line.amount },
    },
  };
}
