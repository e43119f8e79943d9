import type { OrganisationId } from '@billingrails/ids';
import type { Cell, ExportFrom, ExportPosition, ExportSource } from '@billingrails/rpc';
import { readPosition } from '@billingrails/rpc';
import { z } from 'zod';
import type { CreditNote } from '../../credit-notes/domain/credit-note';
import type { FinalizedInvoice } from '../../invoices/domain/invoice';
import type { Payment } from '../../payments/domain/payment';
import { paymentStatusOf } from '../../receivables/domain/receivable';
import type { TimePosition, TimeQuery } from '../../store/by-time';
import type { Stores } from '../../store/stores';
import type { CreditNoteRow } from '../contract/credit-note-table';
import type { ExportQuery } from '../contract/export-request';
import type { InvoiceRow } from '../contract/invoice-table';
import type { PaymentRow } from '../contract/payment-table';

/** Whose of what. */
export interface ExportScope {
  readonly stores: Stores;
  readonly organisationId: OrganisationId;
  readonly query: ExportQuery;
  /** Whether the caller has gone. */
  readonly signal: AbortSignal;
}

type Rows = readonly (readonly Cell[])[];
/** Credit notes and payments are short: so many are read at once. */
const PAGE = 500;
/** Far after every time that there can be. */
const position = z.strictObject({ ms: z.number().min(-8.64e15).max(8.64e15), id: z.string() });

/** Finalized invoices, with what is paid of them at the moment, as rows. */
export function invoiceSource(
  scope: ExportScope,
  rowsOf: (row: InvoiceRow) => Rows,
  allow: (row: InvoiceRow) => boolean = () => true,
): ExportSource {
  const { stores, organisationId, query } = scope;
  const { invoices, receivables, testClocks } = stores;
  return inPages<FinalizedInvoice>(scope, {
    count: (of) => invoices.countInTime(organisationId, of),
    page: (of) => invoices.inTime(organisationId, of),
    positionOf: ({ issueMs, id }) => ({ ms: issueMs, id }),
    async rowsOf(page) {
      const ids = page.map(({ id }) => id);
      const found = await receivables.findMany(organisationId, ids);
      const nowMs = await testClocks.present(organisationId);
      return (invoice) => {
        const receivable = found.get(invoice.id);
        // A test account may be deleted meanwhile, with all of it.
        if (receivable === undefined || (invoice.isTest === true && !query.includeTest)) return [];
        const { paymentStatuses } = query;
        if (paymentStatuses?.has(paymentStatusOf(receivable)) === false) return [];
        const row = { invoice, receivable, nowMs };
        return allow(row) ? rowsOf(row) : [];
      };
    },
  });
}

/** Credit notes as rows; `rowsOf` may need their invoices. */
export function creditNoteSource(
  scope: ExportScope,
  rowsOf: (row: CreditNoteRow) => Promise<Rows>,
): ExportSource {
  const { stores, organisationId } = scope;
  return inPages<CreditNote>(scope, {
    count: (of) => stores.creditNotes.countInTime(organisationId, of),
    page: (of) => stores.creditNotes.inTime(organisationId, of, PAGE),
    positionOf: ({ issueMs, id }) => ({ ms: issueMs, id }),
    async rowsOf(page) {
      const isTest = await testsAmong(scope, page);
      return async (creditNote) => {
        const row = { creditNote, isTest: isTest(creditNote) };
        return row.isTest && !scope.query.includeTest ? [] : rowsOf(row);
      };
    },
  });
}

/** Payments as rows. */
export function paymentSource(scope: ExportScope, rowsOf: (row: PaymentRow) => Rows): ExportSource {
  const { stores, organisationId } = scope;
  return inPages<Payment>(scope, {
    count: (of) => stores.payments.countInTime(organisationId, of),
    page: (of) => stores.payments.inTime(organisationId, of, PAGE),
    positionOf: ({ receiveMs, id }) => ({ ms: receiveMs, id }),
    async rowsOf(page) {
      const isTest = await testsAmong(scope, page);
      return (payment) => {
        const row = { payment, isTest: isTest(payment) };
        return row.isTest && !scope.query.includeTest ? [] : rowsOf(row);
      };
    },
  });
}

interface Paged<T> {
  count(query: TimeQuery): Promise<number>;
  /** From the query's start; none: there are no more. */
  page(query: TimeQuery): Promise<readonly T[]>;
  positionOf(thing: T): TimePosition;
  /** Looks up what a page's rows need. */
  rowsOf(page: readonly T[]): Promise<(thing: T) => Rows | Promise<Rows>>;
}

/** Each page is asked for when the one before has been taken, so a slow reader holds neither memory nor a cursor. */
function inPages<T>({ query, signal }: ExportScope, paged: Paged<T>): ExportSource {
  const from = (start: ExportFrom | undefined): TimeQuery => ({
    ...(query.startMs === undefined ? {} : { startMs: query.startMs }),
    ...(query.endMs === undefined ? {} : { endMs: query.endMs }),
    ...(query.accountId === undefined ? {} : { accountId: query.accountId }),
    ...(start && {
      from: { ...start, position: readPosition(start.position, position) },
    }),
  });
  return {
    count: (start) => paged.count(from(start)),
    async *read(start) {
      let next = start;
      while (!signal.aborted) {
        const page = await paged.page(from(next));
        const rowsOf = await paged.rowsOf(page);
        let last: ExportPosition | undefined;
        for (const thing of page) {
          last = { ...paged.positionOf(thing) };
          yield { position: last, rows: await rowsOf(thing) };
        }
        if (last === undefined) return;
        next = { position: last, inclusive: false };
      }
    },
  };
}

async function testsAmong(
  { stores, organisationId }: ExportScope,
  page: readonly Pick<CreditNote, 'accountId'>[],
) {
  const tests = await stores.testAccounts.among(
    organisationId,
    page.map(({ accountId }) => accountId),
  );
  return ({ accountId }: Pick<CreditNote, 'accountId'>) => tests.has(accountId);
}
