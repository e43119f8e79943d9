import { assert } from '@billingrails/errors';
import bidiFactory from 'bidi-js';
import { fontFiles, type FontFile, type Weight } from './font-files';

/** A piece of a line that one font draws, in the order of reading of its own script. */
export interface TextRun {
  readonly text: string;
  readonly font: FontFile;
}

const bidi = bidiFactory();

/** Around a name: keeps one that is written right to left from turning what stands beside it. */
export function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}

/** What shapes or directs other characters and is nothing to be drawn by itself. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
/** Spaces that few fonts have: every one is as wide as a plain one that does not break. */
const NARROW_SPACES = /[\u2000-\u200a\u202f]/gu;

/**
 * The runs of one line from left to right, by the Unicode bidirectional algorithm (UAX #9) in a line that is read
 * from left to right. Each is drawn by the first family that has its characters.
 */
export function textRuns(line: string, weight: Weight): TextRun[] {
  const text = line.replaceAll(NARROW_SPACES, '\u00a0');
  // Most lines have nothing to turn, and finding that out by the rules takes as long as all the rest.
  const levels = TURNING.test(text) ? bidi.getEmbeddingLevels(text, 'ltr').levels : [];
  const pieces: (TextRun & { readonly level: number })[] = [];
  let position = 0;
  for (const character of text) {
    const level = levels[position] ?? 0;
    position += character.length;
    const drawn = (level % 2 === 1 ? mirrored(character) : character).replace(INVISIBLE, '');
    if (drawn === '') continue;
    const last = pieces.at(-1);
    const own = fontOf(drawn.codePointAt(0) ?? 0, weight, last?.font);
    const [shown, font] = own === undefined ? substitute(weight) : [drawn, own];
    const joins = level % 2 === 0 || (isTurned(shown) && isTurned(last?.text ?? ''));
    if (joins && last !== undefined && last.level === level && last.font === font)
      pieces[pieces.length - 1] = { ...last, text: last.text + shown };
    else pieces.push({ text: shown, font, level });
  }
  return inSight(pieces);
}

/**
 * Whether a font draws it from right to left by itself. What it does not, such as a space or a bracket between words,
 * is a piece of its own, so that turning the pieces is all.
 */
function isTurned(text: string): boolean {
  return /^[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Inherited}]+$/u.test(text);
}

/** The blocks of scripts written right to left, and the characters that direct what stands between them. */
const TURNING =
  /[\u0590-\u08ff\u202a-\u202e\u2067\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Rule L2: from the highest level down, what lies at it or above is turned round. */
function inSight<T extends { readonly level: number }>(pieces: readonly T[]): T[] {
  const ordered = [...pieces];
  const highest = Math.max(0, ...ordered.map(({ level }) => level));
  for (let level = highest; level > 0; level -= 1) {
    for (let from = 0; from < ordered.length; from += 1) {
      let until = from;
      while ((ordered[until]?.level ?? -1) >= level) until += 1;
      ordered.splice(from, until - from, ...ordered.slice(from, until).reverse());
      from = Math.max(from, until - 1);
    }
  }
  return ordered;
}

function mirrored(character: string): string {
  return bidi.getMirroredCharacter(character) ?? character;
}

/** A box for what no family has: PDF/A forbids the glyph that says that there is none. */
function substitute(weight: Weight): [text: string, font: FontFile] {
  const font = fontOf(BOX.codePointAt(0) ?? 0, weight);
  assert(font !== undefined, 'a family has the box');
  return [BOX, font];
}

const BOX = '\u25a1';

/** The font of what stands before, where it has the character too: a space between two words belongs to theirs. */
function fontOf(codePoint: number, weight: Weight, before?: FontFile): FontFile | undefined {
  if (before?.covers(codePoint) && !LETTER.test(String.fromCodePoint(codePoint))) return before;
  const key = weight * FIRST_BEYOND + codePoint;
  if (!fonts.has(key))
    fonts.set(
      key,
      fontFiles(weight).find((file) => file.covers(codePoint)),
    );
  return fonts.get(key);
}

const LETTER = /[\p{L}\p{N}]/u;
const FIRST_BEYOND = 0x110000;
/** By weight and code point. There are no more than Unicode has. */
const fonts = new Map<number, FontFile | undefined>();
