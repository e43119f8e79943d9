import {
  grossOf,
  netOf,
  totalOf,
  type CreditedLine,
  type CreditNote,
} from '../../credit-notes/domain/credit-note';
import { columnsOf } from './column';

/** A credit note, and whether it is of a test account. */
export interface CreditNoteRow {
  readonly creditNote: CreditNote;
  readonly isTest: boolean;
}

/** A line of a credit note. */
export interface CreditedLineRow extends CreditNoteRow {
  readonly line: CreditedLine;
}

const ofNote = columnsOf<CreditNoteRow>(({ creditNote }) => creditNote.currencyCode);
const ofLine = columnsOf<CreditedLineRow>(({ creditNote }) => creditNote.currencyCode);

/** A credit note a row. */
export const CREDIT_NOTE_TABLE = [
  ofNote.text('credit_note_id', ({ creditNote }) => creditNote.id),
  ofNote.text('number', ({ creditNote }) => creditNote.number),
  ofNote.text('invoice_id', ({ creditNote }) => creditNote.invoiceId),
  ofNote.text('invoice_number', ({ creditNote }) => creditNote.invoiceNumber),
  ofNote.text('account_id', ({ creditNote }) => creditNote.accountId),
  ofNote.time('issue_time', ({ creditNote }) => creditNote.issueMs),
  ofNote.time('finalize_time', ({ creditNote }) => creditNote.finalizeMs),
  ofNote.text('reason', ({ creditNote }) => creditNote.reason),
  ofNote.text('currency_code', ({ creditNote }) => creditNote.currencyCode),
  ofNote.money('net', ({ creditNote }) => netOf(creditNote)),
  ofNote.money('tax', ({ creditNote }) => totalOf(creditNote) - netOf(creditNote)),
  ofNote.money('total', ({ creditNote }) => totalOf(creditNote)),
  ofNote.money('write_off_amount', ({ creditNote }) => creditNote.writtenOff),
  ofNote.money('balance_amount', ({ creditNote }) => creditNote.toBalance),
  ofNote.money('refund_amount', ({ creditNote }) => creditNote.refunded),
  ofNote.money('credits_amount', ({ creditNote }) => creditNote.toCredits),
  ofNote.flag('is_test', ({ isTest }) => isTest),
];

/** What is taken back of a line a row. */
export const CREDIT_NOTE_LINE_TABLE = [
  ofLine.text('credit_note_id', ({ creditNote }) => creditNote.id),
  ofLine.text('credit_note_number', ({ creditNote }) => creditNote.number),
  ofLine.text('invoice_id', ({ creditNote }) => creditNote.invoiceId),
  ofLine.text('invoice_number', ({ creditNote }) => creditNote.invoiceNumber),
  ofLine.text('invoice_line_id', ({ line }) => line.lineId),
  ofLine.text('account_id', ({ creditNote }) => creditNote.accountId),
  ofLine.time('issue_time', ({ creditNote }) => creditNote.issueMs),
  ofLine.text('description', ({ line }) => line.description),
  ofLine.decimal('quantity', ({ line }) => line.quantity),
  ofLine.text('currency_code', ({ creditNote }) => creditNote.currencyCode),
  ofLine.money('net_amount', ({ line }) => line.net),
  ofLine.money('tax', ({ line }) => grossOf(line) - line.net),
  ofLine.money('amount', ({ line }) => grossOf(line)),
  ofLine.flag('is_test', ({ isTest }) => isTest),
];
