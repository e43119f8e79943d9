import { Eta } from 'eta';
import type { DocumentView } from '../views/document-view';
import { qrPath } from '../views/payment-view';
import { barsPath } from '../views/usage-view';
import { DOCUMENT_STYLES } from './document-styles';
import { DOCUMENT_TEMPLATE } from './document-template';

/** Escapes every interpolation. Templates come from this folder only, never from data. */
const eta = new Eta({ autoEscape: true, autoTrim: false, useWith: false });
const template = eta.compile(DOCUMENT_TEMPLATE);

/**
 * A document as a whole HTML page for people. It holds no script and fetches nothing; names are shown as written,
 * whatever they hold.
 */
export function documentPage(view: DocumentView): string {
  return eta.render(template, { ...view, styles: DOCUMENT_STYLES, qrPath, barsPath });
}
