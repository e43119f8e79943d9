import type { Money } from '@billingrails/contracts/billingrails/common/v1/money_pb';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type {
  Invoice,
  InvoiceLine,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import {
  TaxTreatment,
  type InvoiceTax,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_totals_pb';
import {
  documentsOf,
  type ExpectedDocument,
  type ExpectedInvoice,
  type History,
} from '@billingrails/recompute';
import type { MadeInvoice } from '../collect';
import type { YearDifference } from '../compare';

/**
 * Compares what stands on invoices beside their lines: coupons, taxes, credits and what is due, by the order of their
 * numbers. Of bills that are no invoice together, that is told already.
 */
export function compareDocuments(
  history: History,
  expected: readonly ExpectedInvoice[],
  made: readonly MadeInvoice[],
  grantNames: ReadonlyMap<string, string>,
): YearDifference[] {
  const keyOf = ({ bills }: Pick<ExpectedInvoice, 'bills'>) => [...bills].sort().join(', ');
  const byBills = new Map(expected.map((invoice) => [keyOf(invoice), invoice]));
  const pairs = [...made]
    .sort((a, b) => (a.invoice.number < b.invoice.number ? -1 : 1))
    .flatMap((one) => {
      const invoice = byBills.get(keyOf(one));
      return invoice === undefined ? [] : [{ invoice, made: one }];
    });
  const numbered = pairs.map(({ invoice, made: one }) => {
    return { invoice, total: minorUnits(one.invoice.total) };
  });
  const wanted = documentsOf(history, numbered);
  return pairs.flatMap(({ made: one }, place): YearDifference[] => {
    const [want, has] = [wanted[place] ?? [], documentOf(one.invoice, grantNames)];
    const [missing, extra] = [without(want, has), without(has, want)];
    if (missing.length === 0 && extra.length === 0) return [];
    const of = { subscription: `invoice ${one.invoice.number} of ${keyOf(one)}`, bill: -1 };
    return [{ ...of, expected: missing.join('; '), invoiced: extra.join('; ') }];
  });
}

function without(texts: ExpectedDocument, others: ExpectedDocument): string[] {
  const left = [...others];
  return texts.filter((text) => {
    const at = left.indexOf(text);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** What stands on it, in the words of the recomputation. */
function documentOf(invoice: Invoice, grantNames: ReadonlyMap<string, string>): ExpectedDocument {
  const { lines, discounts, taxes, credits, balanceApplied, amountDue } = invoice;
  const isTaxed = invoice.seller !== undefined;
  return [
    ...discounts.map(
      ({ code, amount, baseAmount }) =>
        `${code} lets off ${minorUnits(amount)} of ${minorUnits(baseAmount)}`,
    ),
    ...(isTaxed ? lines.map((line) => lineTaxes(line, taxes)).sort() : []),
    ...credits.map(({ creditGrantId, amount }) => {
      return `${grantNames.get(creditGrantId) ?? creditGrantId} pays ${minorUnits(amount)}`;
    }),
    `balance ${minorUnits(balanceApplied)}`,
    `due ${minorUnits(amountDue)}`,
  ];
}

function lineTaxes(
  { description, period, amount, taxes: parts }: InvoiceLine,
  taxes: readonly InvoiceTax[],
): string {
  const own = parts.map(({ taxIndex }) => {
    const tax = taxes[taxIndex];
    if (tax === undefined) return `tax ${taxIndex}, which there is not`;
    const { name, percent, included, compound } = tax;
    const isExempt = tax.treatment === TaxTreatment.EXEMPT;
    return [
      isExempt ? `Exempt ${percent}` : `${name} ${percent}`,
      ...(included ? ['included'] : []),
      ...(compound ? ['compound'] : []),
    ].join(' ');
  });
  const startMs = period?.startTime ? timestampMs(period.startTime) : Number.NaN;
  return `${description} from ${startMs}, ${amount?.amount ?? ''}: ${own.sort().join(', ')}`;
}

/** An amount is written with all digits of its currency. */
function minorUnits(money: Money | undefined): bigint {
  return BigInt((money?.amount ?? '0').replace('.', ''));
}
