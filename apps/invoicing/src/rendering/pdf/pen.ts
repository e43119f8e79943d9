import LineBreaker from 'linebreak';
import type PDFDocument from 'pdfkit';
import { textRuns, type TextRun } from './text-runs';
import type { Weight } from './font-files';

export interface TextStyle {
  readonly size: number;
  readonly weight?: Weight;
  readonly color?: string;
}

/** What to draw of a text within a width. */
export interface TextBox extends TextStyle {
  readonly width: number;
  readonly align?: 'left' | 'right';
}

/** A wrapped text: its lines, and how high they are together, in points. */
export interface WrappedText {
  readonly box: TextBox;
  readonly lines: readonly DrawnLine[];
  readonly height: number;
}

interface DrawnLine {
  readonly runs: readonly (TextRun & { readonly width: number })[];
  readonly width: number;
}

/** Of one document: most of its words stand on every line. */
const WIDTHS_MAX = 10_000;

const LINE_HEIGHT = 1.4;
/** Where the letters stand in a line, from its top, by the size of the letters. */
const BASELINE = 1.05;

/** Writes texts of any script on the pages of a document. */
export class Pen {
  readonly #document: PDFKit.PDFDocument;
  readonly #fonts = new Set<string>();
  readonly #widths = new Map<string, number>();

  constructor(document: InstanceType<typeof PDFDocument>) {
    this.#document = document;
  }

  /** Breaks a text where its language allows, and a word that is wider than the box anywhere. */
  wrap(text: string, box: TextBox): WrappedText {
    const lines = text.split('\n').flatMap((paragraph) => this.#linesOf(paragraph, box));
    return { box, lines, height: lines.length * box.size * LINE_HEIGHT };
  }

  /** Draws a wrapped text with its upper left corner at (x, y). */
  write({ box, lines }: WrappedText, x: number, y: number): void {
    const { size, width, align = 'left', color } = box;
    for (const [index, line] of lines.entries()) {
      const baseline = y + index * size * LINE_HEIGHT + size * BASELINE;
      let left = align === 'right' ? x + width - line.width : x;
      for (const run of line.runs) {
        this.#use(run, size);
        this.#document.fillColor(color ?? INK);
        this.#document.text(run.text, left, baseline, { lineBreak: false, baseline: 'alphabetic' });
        left += run.width;
      }
    }
  }

  /** Words are measured by themselves: what a line's letters come to together is hardly ever another width. */
  #linesOf(paragraph: string, box: TextBox): DrawnLine[] {
    const lines: DrawnLine[] = [];
    let line = '';
    let width = 0;
    for (const word of wordsOf(paragraph)) {
      if (width + this.#widthOf(word.trimEnd(), box) > box.width && line !== '') {
        lines.push(this.#lineOf(line, box));
        line = '';
        width = 0;
      }
      line += word;
      width += this.#widthOf(word, box);
      while (this.#widthOf(line.trimEnd(), box) > box.width && width > box.width) {
        const fitting = this.#fittingOf(line, box);
        lines.push(this.#lineOf(line.slice(0, fitting), box));
        line = line.slice(fitting);
        width = this.#widthOf(line, box);
      }
    }
    return [...lines, this.#lineOf(line, box)];
  }

  /** How much of a word fits the box; at least one character. */
  #fittingOf(word: string, box: TextBox): number {
    let end = 0;
    for (const { segment, index } of graphemes.segment(word)) {
      const next = index + segment.length;
      if (end > 0 && this.#widthOf(word.slice(0, next), box) > box.width) break;
      end = next;
    }
    return end;
  }

  #lineOf(text: string, box: TextBox): DrawnLine {
    return this.#drawn(text.trimEnd(), box);
  }

  #widthOf(text: string, box: TextBox): number {
    const key = `${box.size} ${box.weight ?? 400} ${text}`;
    const known = this.#widths.get(key);
    if (known !== undefined) return known;
    const { width } = this.#drawn(text, box);
    if (this.#widths.size < WIDTHS_MAX) this.#widths.set(key, width);
    return width;
  }

  #drawn(text: string, { size, weight = 400 }: TextBox): DrawnLine {
    const runs = textRuns(text, weight).map((run) => {
      this.#use(run, size);
      return { ...run, width: this.#document.widthOfString(run.text) };
    });
    return { runs, width: runs.reduce((sum, run) => sum + run.width, 0) };
  }

  #use({ font }: TextRun, size: number): void {
    if (!this.#fonts.has(font.name)) {
      this.#document.registerFont(font.name, font.path);
      this.#fonts.add(font.name);
    }
    this.#document.font(font.name).fontSize(size);
  }
}

export const INK = '#17202b';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Pieces after each of which a line may end (UAX #14). */
function wordsOf(paragraph: string): string[] {
  const breaker = new LineBreaker(paragraph);
  const words: string[] = [];
  let from = 0;
  for (let next = breaker.nextBreak(); next !== null; next = breaker.nextBreak()) {
    words.push(paragraph.slice(from, next.position));
    from = next.position;
  }
  return words;
}
