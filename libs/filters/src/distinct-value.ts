import { createHash } from 'node:crypto';
import type { Scalar } from './filter';
import type { JsonValue } from './json';

/** Why a property is no distinct value. */
export type DistinctValueProblem = 'missing' | 'not_a_scalar';

/** Longer texts are known by their hash, so that one value is one short key however long it was. */
const PLAIN_LENGTH_MAX = 64;

/**
 * What a text is shown as that is known by its hash. A text that is written like that is known by its own hash, too.
 */
const HASH_SHOWN = /^sha256:([\w-]{43})$/;

/**
 * The text that tells a value from all others: its type before its text, so that 1 and "1" differ. Numbers with the
 * same decimal value (1 and 1.0) are one. Null is the same as missing.
 */
export function readDistinctValue(
  value: JsonValue | undefined,
): { readonly text: string } | { readonly problem: DistinctValueProblem } {
  switch (typeof value) {
    case 'number':
      return { text: `n:${String(value)}` };
    case 'boolean':
      return { text: `b:${String(value)}` };
    case 'string':
      return { text: isPlain(value) ? `s:${value}` : `h:${hashOf(value)}` };
    default:
      return { problem: value === undefined || value === null ? 'missing' : 'not_a_scalar' };
  }
}

/** The value that a text of `readDistinctValue` is shown as; a text that is known by its hash as "sha256:…". */
export function shownDistinctValue(text: string): Scalar {
  const value = text.slice(2);
  switch (text[0]) {
    case 'n':
      return Number(value);
    case 'b':
      return value === 'true';
    case 'h':
      return `sha256:${value}`;
    default:
      return value;
  }
}

/**
 * The text of the value that is shown as this one: the way back from `shownDistinctValue`. Any other value is itself.
 */
export function distinctTextOf(shown: Scalar): string {
  const hash = typeof shown === 'string' ? HASH_SHOWN.exec(shown)?.[1] : undefined;
  if (hash !== undefined) return `h:${hash}`;
  const read = readDistinctValue(shown);
  return 'text' in read ? read.text : '';
}

/** Whether a text stands for itself: it is short, and not written like one that is known by its hash. */
function isPlain(text: string): boolean {
  return text.length <= PLAIN_LENGTH_MAX && !HASH_SHOWN.test(text);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
