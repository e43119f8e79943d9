import type { DocumentView } from '../views/document-view';
import { PAGE, WARNING } from './page-measures';
import type { Pen } from './pen';

const SIZE = 96;
const ANGLE = -35;
/** What stands below stays readable. */
const OPACITY = 0.14;

/** Writes across the page that the invoice is void, where it is. */
export function markVoid(document: PDFKit.PDFDocument, pen: Pen, view: DocumentView): void {
  if (view.void === undefined) return;
  const mark = pen.wrap(view.void.mark, {
    size: SIZE,
    weight: 700,
    color: WARNING,
    width: PAGE.height,
  });
  const width = mark.lines[0]?.width ?? 0;
  const center: [number, number] = [PAGE.width / 2, PAGE.height / 2];
  document.save().rotate(ANGLE, { origin: center }).opacity(OPACITY);
  pen.write(mark, center[0] - width / 2, center[1] - mark.height / 2);
  document.restore();
}
