import type { Statement } from '../receivables/domain/statement';
import { documentPage } from './page/document-page';
import { documentPdf } from './pdf/document-pdf';
import { statementView } from './views/statement-view';
import type { Words } from './words';

/** The statement as an HTML page. */
export function statementPage(statement: Statement, words: Words): string {
  return documentPage(statementView(statement, words));
}

/** The statement as a PDF/A-3b document: what its page says. */
export function statementPdf(statement: Statement, words: Words): AsyncGenerator<Uint8Array> {
  return documentPdf({ view: statementView(statement, words), issueMs: statement.untilMs });
}
