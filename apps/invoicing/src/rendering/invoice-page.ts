import { Eta } from 'eta';
import type { Invoice } from '../invoices/domain/invoice';
import { INVOICE_STYLES } from './invoice-styles';
import { INVOICE_TEMPLATE } from './invoice-template';
import { invoiceView, type DocumentState } from './invoice-view';
import { qrPath } from './payment-view';
import type { Words } from './words';

/** Escapes every interpolation. Templates come from this folder only, never from data. */
const eta = new Eta({ autoEscape: true, autoTrim: false, useWith: false });
const template = eta.compile(INVOICE_TEMPLATE);

/**
 * The invoice as a whole HTML page for people, with the arithmetic of every line. It holds no script and fetches
 * nothing; names are shown as written, whatever they hold.
 */
export function invoicePage(invoice: Invoice, words: Words, state?: DocumentState): string {
  const view = invoiceView(invoice, words, state);
  return eta.render(template, { ...view, styles: INVOICE_STYLES, qrPath });
}
