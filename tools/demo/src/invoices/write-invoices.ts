import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Invoice } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import type { Clients } from '@billingrails/stack/clients';
import { explainLines } from './explain-lines';

/** An invoice in short. */
export interface InvoiceFigure {
  readonly number: string;
  readonly account: string;
  readonly currency: string;
  readonly total: string;
  readonly lines: readonly LineFigure[];
  /** Where it lies as a page, and as a PDF. */
  readonly page: string;
  readonly pdf: string;
}

export interface LineFigure {
  readonly description: string;
  readonly quantity: string;
  readonly amount: string;
  /** How many events it was explained by (InvoiceService.ExplainLine). Unset for a line without usage. */
  readonly events?: number;
}

/** An invoice in short, with the numbers of events behind its lines. */
function invoiceFigure(
  invoice: Invoice,
  counts: readonly (number | undefined)[],
): Omit<InvoiceFigure, 'page' | 'pdf'> {
  return {
    number: invoice.number,
    account: invoice.accountId,
    currency: invoice.total?.currencyCode ?? '',
    total: invoice.total?.amount ?? '',
    lines: invoice.lines.map(({ description, quantity, amount }, index) => {
      const events = counts[index];
      const figure = { description, quantity, amount: amount?.amount ?? '' };
      return events === undefined ? figure : { ...figure, events };
    }),
  };
}

/** Writes each invoice as a page and as a PDF into `folder`, and says them in short. */
export async function writeInvoices(
  clients: Clients,
  invoices: readonly Invoice[],
  folder: string,
): Promise<InvoiceFigure[]> {
  mkdirSync(folder, { recursive: true });
  const figures: InvoiceFigure[] = [];
  for (const invoice of invoices) {
    const { id: invoiceId, number } = invoice;
    const { html } = await clients.invoices.renderInvoice({ invoiceId });
    const page = join(folder, `${number}.html`);
    writeFileSync(page, html);
    const parts: Uint8Array[] = [];
    for await (const { content } of clients.invoices.renderInvoicePdf({ invoiceId }))
      parts.push(content);
    const pdf = join(folder, `${number}.pdf`);
    writeFileSync(pdf, Buffer.concat(parts));
    figures.push({ ...invoiceFigure(invoice, await explainLines(clients, invoice)), page, pdf });
  }
  return figures;
}
