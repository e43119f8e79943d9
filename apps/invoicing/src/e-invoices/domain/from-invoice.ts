import { assert } from '@billingrails/errors';
import { civilDateOf, type Period } from '@billingrails/time';
import {
  creditsAppliedOf,
  linesOf,
  periodOf,
  timeZoneOf,
  type FinalizedInvoice,
  type InvoiceLine,
  type InvoiceSection,
} from '../../invoices/domain/invoice';
import type { AssessedLine, Assessment } from '../../totals/domain/assessment';
import type { DatePeriod, EInvoice } from './e-invoice';
import { buyerOf, sellerOf } from './parties';
import { withoutPercent } from './percent';
import { priceOf } from './price';
import { sumsOf, type Parts, type Reduction } from './sums';
import { vatCategoryOf, type VatCategory } from './vat-category';

/**
 * What a finalized invoice without gaps says, as EN 16931 has it. Discounts and promotional credits are allowances on
 * the whole document; where prices include their tax, lines and allowances are without it. What credits and the
 * account's balance paid is what is paid of it already.
 */
export function eInvoiceOf(invoice: FinalizedInvoice): EInvoice {
  const { number, issueMs, terms, total } = invoice;
  const timeZone = timeZoneOf(invoice);
  const { assessment, ...parties } = headOf(invoice);
  const lines = linesOf(invoice);
  const places = lines.map((line, place) => placed(line, place, assessment));
  const sections = invoice.sections.flatMap((section) => section.lines.map(() => section));
  const parts: Parts = {
    currencyCode: total.currencyCode,
    lines: places.flatMap((place, index) => {
      if (place.line.kind === 'promotional_credit') return [];
      return [lineOf(place, noteOf(sections[index], invoice), timeZone)];
    }),
    reductions: places.flatMap((place) => reductionsOf(place, assessment)),
    taxes: assessment.taxes.map((tax) => ({ vat: vatCategoryOf(tax), amount: tax.amount })),
    paid: creditsAppliedOf(invoice).minorUnits + invoice.balanceApplied.minorUnits,
  };
  return {
    kind: 'invoice',
    number,
    issueDate: civilDateOf(issueMs, timeZone),
    dueDate: terms.dueDate,
    currencyCode: total.currencyCode,
    notes: [
      ...(terms.memo === '' ? [] : [terms.memo]),
      ...terms.customFields.map(({ name, value }) => `${name}: ${value}`),
    ],
    purchaseOrderNumber: terms.purchaseOrderNumber,
    period: datesOf(periodOf(invoice), timeZone),
    ...parties,
    ...sumsOf(parts),
  };
}

/** Who sells and buys, where to pay to, and what the sums rest on. */
export function headOf(
  invoice: FinalizedInvoice,
): Pick<EInvoice, 'seller' | 'buyer' | 'payTo'> & { readonly assessment: Assessment } {
  const { assessment, accountId, terms } = invoice;
  assert(assessment?.seller && assessment.customer, 'an invoice without gaps has its parties');
  return {
    assessment,
    seller: sellerOf(assessment.seller),
    buyer: buyerOf(assessment.customer, accountId),
    ...(terms.bankAccount && { payTo: terms.bankAccount }),
  };
}

/** A line with how it is assessed. */
export interface Placed {
  readonly line: InvoiceLine;
  readonly assessed: AssessedLine;
  readonly vat: VatCategory;
  readonly isIncluded: boolean;
}

/** A line of an invoice without gaps: it has one tax. */
export function placed(line: InvoiceLine, place: number, { lines, taxes }: Assessment): Placed {
  const assessed = lines[place];
  const [only] = assessed?.taxes ?? [];
  const tax = only && taxes[only.tax];
  assert(
    assessed !== undefined && tax !== undefined,
    'each line of an invoice without gaps is taxed',
  );
  return { line, assessed, vat: vatCategoryOf(tax), isIncluded: tax.included };
}

/** A span in whole days: the first and the last that it touches. */
export function datesOf({ startMs, endMs }: Period, timeZone: string): DatePeriod {
  const start = civilDateOf(startMs, timeZone);
  return { start, end: endMs <= startMs ? start : civilDateOf(endMs - 1, timeZone) };
}

function lineOf(place: Placed, note: string, timeZone: string): Parts['lines'][number] {
  const { line, assessed, vat } = place;
  const net = assessed.discounts.reduce((sum, part) => sum + withoutTax(part, place), assessed.net);
  const unitPrice = unitPriceOf(place);
  const counted = { quantity: line.quantity, unit: line.unit, ...(unitPrice && { unitPrice }) };
  return {
    name: line.description,
    note,
    ...priceOf({ currencyCode: line.amount.currencyCode, minorUnits: net }, counted),
    net,
    period: datesOf(line.period, timeZone),
    vat,
  };
}

/** Where each unit of a line costs the same, without tax. */
function unitPriceOf({ line, isIncluded }: Placed) {
  const { steps, exactAmount } = line;
  const [only] = steps;
  const isPlain = steps.length === 1 && only?.kind === 'units' && exactAmount.eq(only.amount);
  return isPlain && !isIncluded ? only.unitAmount : undefined;
}

/** What an amount of the line comes to without the tax that its price includes. */
function withoutTax(amount: bigint, { isIncluded, vat }: Placed): bigint {
  return isIncluded ? withoutPercent(amount, vat.percent) : amount;
}

function reductionsOf(place: Placed, { discounts }: Assessment): Reduction[] {
  const { line, assessed, vat } = place;
  if (line.kind === 'promotional_credit')
    return [{ reason: line.description, amount: -assessed.net, vat }];
  return assessed.discounts.map((part, index) => ({
    reason: discounts[index]?.name ?? '',
    amount: withoutTax(part, place),
    vat,
  }));
}

/** Whose line it is and of which plan, where the invoice is for several. */
function noteOf(
  section: InvoiceSection | undefined,
  { sections, accountId }: FinalizedInvoice,
): string {
  if (section === undefined) return '';
  const isOthers = section.accountId !== accountId;
  if (sections.length === 1 && !isOthers) return '';
  const whose = isOthers ? [section.accountName, section.accountId] : [];
  return [section.planName, ...whose].filter((part) => part !== '').join(' · ');
}
