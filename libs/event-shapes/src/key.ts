import { createHash } from 'node:crypto';

/** The longest key that ingest takes, in characters. */
const KEY_LENGTH_MAX = 256;

/**
 * The one key of what is named by two texts: the source, a space and the id. No other pair has it, as a space in the
 * source is written %20. One that would be too long, or holds control characters, is "sha256:" and the hash of it.
 */
export function keyOf(source: string, id: string): string {
  const key = `${source.replace(/[% ]/g, encodeURIComponent)} ${id}`;
  const fits = [...key].length <= KEY_LENGTH_MAX && !/\p{Cc}/u.test(key);
  return fits ? key : `sha256:${createHash('sha256').update(key).digest('hex')}`;
}
