import { objectChanged, type ChangeType } from '@billingrails/bus';
import { InvoiceSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import type { OutboxMessage } from '@billingrails/mongo';
import type { Receivable } from '../../receivables/domain/receivable';
import type { Invoice } from '../domain/invoice';
import { invoiceToProto } from './invoice';

/** What becomes of invoices that is told. */
export type InvoiceChangeType = Extract<ChangeType, `invoice.${string}`>;

/** What has become of an invoice. */
export interface InvoiceChange {
  readonly type: InvoiceChangeType;
  readonly invoice: Invoice;
  /** As it is then. Unset: of a draft. */
  readonly receivable?: Receivable;
  /** What tells several times apart: the id of the payment or credit note. Unset: it comes about once. */
  readonly occasion?: string;
  /** By the organisation's clock. */
  readonly occurMs: number;
  /** By the server's clock. */
  readonly createMs: number;
}

/** The message that tells of it: the invoice as it is answered, without its lines. */
export function invoiceChanged(change: InvoiceChange): OutboxMessage {
  const { type, invoice, receivable, occasion, occurMs, createMs } = change;
  const { id: objectId, organisationId, accountId, isTest = false } = invoice;
  return objectChanged({
    ...{ type, organisationId, accountId, objectId, isTest, occurMs, createMs },
    ...(occasion === undefined ? {} : { occasion }),
    schema: InvoiceSchema,
    object: invoiceToProto(invoice, receivable, occurMs, { omitLines: true }),
  });
}
