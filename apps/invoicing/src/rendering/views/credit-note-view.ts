import { assert } from '@billingrails/errors';
import {
  grossOf,
  netOf,
  totalOf,
  type CreditedLine,
  type CreditNote,
} from '../../credit-notes/domain/credit-note';
import { linesOf, timeZoneOf, type FinalizedInvoice } from '../../invoices/domain/invoice';
import type { AssessedTax } from '../../totals/domain/assessment';
import { amountText, quantityText } from '../format-number';
import { dateText, timeText } from '../format-time';
import type { Words } from '../words';
import type { CreditNoteOfInvoice } from '../../credit-notes/use-cases/credit-note-of-invoice';
import type { DocumentView, LineView } from './document-view';
import { fact, partiesOf, partiesView } from './facts-view';
import { columnsView, wholeSecond } from './invoice-view';
import { lookView } from './look-view';
import { taxLabel, taxNotesOf, type TotalView } from './totals-view';

/**
 * Says a credit note in the words and figures of its page. Its amounts are above 0, as it takes back by its kind; its
 * lines are without taxes, whatever the invoice's prices are, and the taxes follow below.
 */
export function creditNoteView(
  { creditNote, invoice, logo }: CreditNoteOfInvoice,
  words: Words,
): DocumentView {
  const { number, currencyCode, issueMs, finalizeMs, reason } = creditNote;
  const { creditNote: heading, purchaseOrder, dateOfIssue, credit } = words;
  const { purchaseOrderNumber, customFields } = invoice.terms;
  const timeZone = timeZoneOf(invoice);
  const day = (ms: number) => dateText(ms, timeZone, words);
  const taxes = taxesOf(creditNote, invoice);
  return {
    words,
    title: `${heading} ${number}`,
    ...{ heading, number },
    look: lookView(invoice.terms.branding, logo),
    parties: partiesView(partiesOf(invoice), credit.creditedTo, words),
    facts: [
      fact(words.invoice, invoice.number),
      fact(credit.dateOfInvoice, day(invoice.issueMs)),
      fact(dateOfIssue, day(issueMs)),
      ...(purchaseOrderNumber === '' ? [] : [fact(purchaseOrder, purchaseOrderNumber)]),
      ...customFields.map((field) => fact(field.name, field.value)),
    ],
    memo: reason,
    ...sumsView(creditNote, taxes, words),
    columns: columnsView(currencyCode, words),
    empty: words.nothingCharged,
    sections: [{ lines: linesView(creditNote, invoice, words) }],
    notes: [
      ...taxNotesOf(taxes.map(({ of }) => of)),
      credit.rule(currencyCode, invoice.number),
      `${words.daysOf(timeZone)} ${words.finalized(timeText(wholeSecond(finalizeMs), timeZone, words))}`,
    ],
    ids: [
      { label: heading, id: creditNote.id },
      { label: words.invoice, id: invoice.id },
    ],
  };
}

function linesView(
  { lines, currencyCode }: CreditNote,
  invoice: FinalizedInvoice,
  { locale }: Words,
): LineView[] {
  const originals = new Map(linesOf(invoice).map((line) => [line.id, line]));
  const figure = (minorUnits: bigint) => amountText({ currencyCode, minorUnits }, locale);
  let sum = 0n;
  return lines.map(({ lineId, description, quantity, net }) => {
    const original = originals.get(lineId);
    assert(original !== undefined, 'a credit note takes back lines of its invoice');
    sum += net;
    return {
      description,
      ...(original.product === undefined ? {} : { product: original.product.name }),
      ...(quantity === undefined
        ? { quantity: '', unit: '' }
        : { quantity: quantityText(quantity, locale), unit: original.unit }),
      amount: figure(net),
      sumSoFar: figure(sum),
    };
  });
}

/** What is taken back of a tax. */
interface CreditedTax {
  readonly of: AssessedTax;
  /** What it was owed on; of a compound tax with the lines' taxes that are not. */
  readonly base: bigint;
  readonly amount: bigint;
}

/** In the order of the invoice. */
function taxesOf({ lines }: CreditNote, { assessment }: FinalizedInvoice): CreditedTax[] {
  return (assessment?.taxes ?? []).flatMap((of, tax) => {
    const parts = lines.flatMap((line) =>
      line.taxes.filter((each) => each.tax === tax).map(({ amount }) => ({ line, amount })),
    );
    if (parts.length === 0) return [];
    const isSimple = (place: number) => assessment?.taxes[place]?.compound === false;
    const baseOf = (line: CreditedLine) =>
      of.compound
        ? grossOf({ ...line, taxes: line.taxes.filter((each) => isSimple(each.tax)) })
        : line.net;
    const base = parts.reduce((sum, { line }) => sum + baseOf(line), 0n);
    return [{ of, base, amount: parts.reduce((sum, { amount }) => sum + amount, 0n) }];
  });
}

/** How the lines lead to what is taken back, and where that goes. */
function sumsView(
  creditNote: CreditNote,
  taxes: readonly CreditedTax[],
  words: Words,
): Pick<DocumentView, 'due' | 'totals'> {
  const { currencyCode, writtenOff, toBalance, refunded, toCredits } = creditNote;
  const { credit, locale } = words;
  const figure = (minorUnits: bigint) => amountText({ currencyCode, minorUnits }, locale);
  const row = (label: string, minorUnits: bigint, isMain = false): TotalView => ({
    ...{ label, isMain },
    amount: `${figure(minorUnits)} ${currencyCode}`,
  });
  const total = row(credit.total, totalOf(creditNote), true);
  const goes: [string, bigint][] = [
    [credit.takenOff(creditNote.invoiceNumber), writtenOff],
    [credit.toBalance, toBalance],
    [credit.refunded, refunded],
    [credit.toCredits, toCredits],
  ];
  return {
    due: total,
    totals: [
      ...(taxes.length === 0 ? [] : [row(words.net, netOf(creditNote))]),
      ...taxes.map(({ of, base, amount }) =>
        // Its lines are without taxes, so none is included.
        row(taxLabel({ ...of, included: false }, figure(base), words), amount),
      ),
      total,
      ...goes.filter(([, amount]) => amount !== 0n).map(([label, amount]) => row(label, amount)),
    ],
  };
}
