import { createHash } from 'node:crypto';
import type { JsonValue } from './json';

/** Why a property is no distinct value. */
export type DistinctValueProblem = 'missing' | 'not_a_scalar';

/** Longer texts are known by their hash, so that one value is one short key however long it was. */
const PLAIN_LENGTH_MAX = 64;

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
      return { text: value.length <= PLAIN_LENGTH_MAX ? `s:${value}` : `h:${hashOf(value)}` };
    default:
      return { problem: value === undefined || value === null ? 'missing' : 'not_a_scalar' };
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
