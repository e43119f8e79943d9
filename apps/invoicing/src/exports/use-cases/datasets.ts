import { cellsOf, type Column, type ColumnOf, type ExportSource } from '@billingrails/rpc';
import { paymentStatusOf } from '../../receivables/domain/receivable';
import { COST_TABLE } from '../contract/cost-table';
import {
  CREDIT_NOTE_LINE_TABLE,
  CREDIT_NOTE_TABLE,
  type CreditNoteRow,
} from '../contract/credit-note-table';
import type { Dataset } from '../contract/export-request';
import { INVOICE_TABLE } from '../contract/invoice-table';
import { LINE_TABLE, lineRows } from '../contract/line-table';
import { ALLOCATION_TABLE, PAYMENT_TABLE } from '../contract/payment-table';
import { costsOfCreditNote, costsOfInvoice } from '../domain/costs';
import { creditNoteSource, invoiceSource, paymentSource, type ExportScope } from './sources';

/** What a dataset is made of: its columns, and where its rows come from, one source after the other. */
export interface DatasetParts {
  readonly columns: readonly Column[];
  readonly sources: (scope: ExportScope) => ExportSource[];
}

/** The datasets that can be exported. */
export const DATASETS: Record<Dataset, DatasetParts> = {
  invoices: {
    columns: INVOICE_TABLE,
    sources: (scope) => [invoiceSource(scope, (row) => cells(INVOICE_TABLE, [row]))],
  },
  invoice_lines: {
    columns: LINE_TABLE,
    sources: (scope) => [invoiceSource(scope, (row) => cells(LINE_TABLE, lineRows(row)))],
  },
  credit_notes: {
    columns: CREDIT_NOTE_TABLE,
    sources: (scope) => [
      creditNoteSource(scope, (row) => Promise.resolve(cells(CREDIT_NOTE_TABLE, [row]))),
    ],
  },
  credit_note_lines: {
    columns: CREDIT_NOTE_LINE_TABLE,
    sources: (scope) => [
      creditNoteSource(scope, (row) => {
        const rows = row.creditNote.lines.map((line) => ({ ...row, line }));
        return Promise.resolve(cells(CREDIT_NOTE_LINE_TABLE, rows));
      }),
    ],
  },
  payments: {
    columns: PAYMENT_TABLE,
    sources: (scope) => [paymentSource(scope, (row) => cells(PAYMENT_TABLE, [row]))],
  },
  payment_allocations: {
    columns: ALLOCATION_TABLE,
    sources: (scope) => [
      paymentSource(scope, (row) => {
        const rows = row.payment.allocations.map((allocation) => ({ ...row, allocation }));
        return cells(ALLOCATION_TABLE, rows);
      }),
    ],
  },
  focus_costs: { columns: COST_TABLE, sources: costSources },
};

/** A void invoice costs nothing; its reissue does. What credit notes take back follows what was charged. */
function costSources(scope: ExportScope): ExportSource[] {
  const invoices = invoiceSource(
    scope,
    ({ invoice }) => cells(COST_TABLE, costsOfInvoice(invoice)),
    ({ receivable }) => paymentStatusOf(receivable) !== 'void',
  );
  if (scope.query.paymentStatuses !== undefined) return [invoices];
  return [invoices, creditNoteSource(scope, (row) => creditedCosts(scope, row))];
}

async function creditedCosts(
  { stores, organisationId }: ExportScope,
  { creditNote }: CreditNoteRow,
) {
  const invoice = await stores.invoices.find(organisationId, creditNote.invoiceId);
  // A test account may be deleted meanwhile, with all of it.
  if (invoice?.status !== 'finalized') return [];
  return cells(COST_TABLE, costsOfCreditNote(creditNote, invoice));
}

function cells<R>(columns: readonly ColumnOf<R>[], rows: readonly R[]) {
  return rows.map((row) => cellsOf(columns, row));
}
