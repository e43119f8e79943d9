import { assert } from '@billingrails/errors';
import { decimal, moneyText } from '@billingrails/money';
import { civilDateOf } from '@billingrails/time';
import { totalOf, type CreditedLine, type CreditNote } from '../../credit-notes/domain/credit-note';
import {
  linesOf,
  periodOf,
  timeZoneOf,
  type FinalizedInvoice,
} from '../../invoices/domain/invoice';
import type { Assessment } from '../../totals/domain/assessment';
import type { EInvoice } from './e-invoice';
import { datesOf, headOf, placed, type Placed } from './from-invoice';
import { priceOf } from './price';
import { sumsOf, type Parts, type Reduction } from './sums';
import { vatCategoryOf } from './vat-category';

/**
 * What a credit note says, as EN 16931 has it: its amounts are above 0, as it takes back by its kind. `invoice` is the
 * one that it takes back, without gaps.
 */
export function eCreditNoteOf(creditNote: CreditNote, invoice: FinalizedInvoice): EInvoice {
  const { number, issueMs, reason, currencyCode, lines } = creditNote;
  const timeZone = timeZoneOf(invoice);
  const { assessment, ...parties } = headOf(invoice);
  const places = new Map(
    linesOf(invoice).map((line, place) => [line.id, placed(line, place, assessment)]),
  );
  const credited = lines.map((line) => {
    const place = places.get(line.lineId);
    assert(place !== undefined, 'a credit note takes back lines of its invoice');
    return { line, place };
  });
  const isCredit = ({ place }: (typeof credited)[number]) =>
    place.line.kind === 'promotional_credit';
  return {
    kind: 'credit_note',
    number,
    issueDate: civilDateOf(issueMs, timeZone),
    paymentTerms: termsOf(creditNote),
    currencyCode,
    notes: reason === '' ? [] : [reason],
    purchaseOrderNumber: invoice.terms.purchaseOrderNumber,
    preceding: { number: invoice.number, issueDate: civilDateOf(invoice.issueMs, timeZone) },
    period: datesOf(periodOf(invoice), timeZone),
    ...parties,
    ...sumsOf({
      currencyCode,
      lines: credited.flatMap((each) =>
        isCredit(each) ? [] : [lineOf(each.line, each.place, timeZone)],
      ),
      reductions: credited.flatMap((each): Reduction[] =>
        isCredit(each)
          ? [{ reason: each.line.description, amount: -each.line.net, vat: each.place.vat }]
          : [],
      ),
      taxes: lines.flatMap((line) => taxesOf(line, assessment)),
      paid: 0n,
    }),
  };
}

function lineOf(line: CreditedLine, place: Placed, timeZone: string): Parts['lines'][number] {
  const { description, net, quantity } = line;
  const { amount, unit, period } = place.line;
  const counted = quantity === undefined ? { quantity: decimal(1n), unit: '' } : { quantity, unit };
  return {
    name: description,
    note: '',
    ...priceOf({ currencyCode: amount.currencyCode, minorUnits: net }, counted),
    net,
    period: datesOf(period, timeZone),
    vat: place.vat,
  };
}

function taxesOf({ taxes }: CreditedLine, assessment: Assessment): Parts['taxes'] {
  return taxes.map(({ tax, amount }) => {
    const of = assessment.taxes[tax];
    assert(of !== undefined, 'a credit note takes back taxes of its invoice');
    return { vat: vatCategoryOf(of), amount };
  });
}

/** Where what is taken back goes. */
function termsOf(creditNote: CreditNote): string {
  const { currencyCode, invoiceNumber, writtenOff, toBalance, refunded } = creditNote;
  const { toCredits } = creditNote;
  const parts: [bigint, string][] = [
    [writtenOff, `taken off what is open of ${invoiceNumber}`],
    [toBalance, "put on the account's balance"],
    [refunded, 'paid back'],
    [toCredits, 'given back to prepaid credits'],
  ];
  const money = (minorUnits: bigint) =>
    `${moneyText({ currencyCode, minorUnits })} ${currencyCode}`;
  const whole = `${money(totalOf(creditNote))}: `;
  return (
    whole +
    parts
      .filter(([amount]) => amount !== 0n)
      .map(([amount, what]) => `${money(amount)} ${what}`)
      .join(', ')
  );
}
