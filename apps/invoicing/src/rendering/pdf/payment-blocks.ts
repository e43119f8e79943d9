import type { DocumentView } from '../views/document-view';
import type { QrCode } from '../payment-code';
import type { Block } from './flow';
import { LEFT, MUTED, RIGHT } from './page-measures';
import { INK, type Pen } from './pen';

/** In points; a module of the largest code, of 69 in a row, is half a millimetre. */
const CODE_SIZE = 99;
const CAPTION_WIDTH = 130;
const GAP = 12;

/** Where to pay to, and on the right the code for banks' programs. It is not parted. */
export function paymentBlocks(
  document: PDFKit.PDFDocument,
  pen: Pen,
  { payment }: DocumentView,
): Block[] {
  if (payment === undefined) return [];
  const { label, lines, code } = payment;
  const width = RIGHT - LEFT - CAPTION_WIDTH - GAP;
  const texts = [
    pen.wrap(label, { size: 8, color: MUTED, width }),
    ...lines.map((line) => pen.wrap(line, { size: 9.5, width })),
  ];
  const caption =
    code &&
    pen.wrap(code.caption, { size: 7.5, color: MUTED, width: CAPTION_WIDTH, align: 'right' });
  const heights = [
    texts.reduce((sum, { height }) => sum + height, 0),
    caption === undefined ? 0 : CODE_SIZE + 6 + caption.height,
  ];
  return [
    {
      height: 24 + Math.max(...heights),
      draw(y) {
        let top = y + 24;
        for (const text of texts) {
          pen.write(text, LEFT, top);
          top += text.height;
        }
        if (code === undefined || caption === undefined) return;
        drawCode(document, code, RIGHT - CODE_SIZE, y + 24);
        pen.write(caption, RIGHT - CAPTION_WIDTH, y + 24 + CODE_SIZE + 6);
      },
    },
  ];
}

function drawCode(document: PDFKit.PDFDocument, code: QrCode, x: number, y: number): void {
  const module = CODE_SIZE / code.size;
  for (let row = 0; row < code.size; row += 1)
    for (let column = 0; column < code.size; column += 1)
      if (code.isDark(row, column))
        document.rect(x + column * module, y + row * module, module, module);
  document.fill('#000000').fillColor(INK);
}
