import { isObject, type JsonObject, type JsonValue } from './json';
import { PROPERTIES_DEPTH_MAX, propertyKeyProblem } from './names';

/** The keys from the outermost property inwards. At least one. */
export type PropertyPath = readonly string[];

/**
 * Splits "a.b\.c" into ["a", "b.c"]: a dot parts two keys, "\." is a dot inside a key, any other backslash is itself.
 * Does not judge the keys; see `pathProblem`.
 */
export function parsePath(text: string): PropertyPath {
  const keys = [''];
  for (let at = 0; at < text.length; at += 1) {
    const escaped = text[at] === '\\' && text[at + 1] === '.';
    if (text[at] === '.') keys.push('');
    else keys[keys.length - 1] += escaped ? '.' : (text[at] ?? '');
    if (escaped) at += 1;
  }
  return keys;
}

/** Why no event could hold a property at this path, as a sentence's end ("must …"); undefined when it is fine. */
export function pathProblem(path: PropertyPath): string | undefined {
  if (path.length === 0 || path.some((key) => key === '')) return 'must have no empty key';
  if (path.length > PROPERTIES_DEPTH_MAX) return `must have at most ${PROPERTIES_DEPTH_MAX} keys`;
  for (const key of path) {
    const problem = propertyKeyProblem(key);
    if (problem !== undefined)
      return `must have keys that events can have: ${shownKey(key)} ${problem}`;
  }
  return undefined;
}

/** A key as it may stand in a sentence, cut where it is long. */
function shownKey(key: string): string {
  const characters = Array.from(key);
  const isLong = characters.length > SHOWN_CHARACTERS_MAX;
  return JSON.stringify(isLong ? `${characters.slice(0, SHOWN_CHARACTERS_MAX).join('')}…` : key);
}

const SHOWN_CHARACTERS_MAX = 64;

/**
 * The value at a path; undefined where any key on the way is missing. Keys lead into objects only: there is no
 * way to name an element of a list. Only own properties count, so "constructor" is missing unless it was sent.
 */
export function readPath(properties: JsonObject, path: PropertyPath): JsonValue | undefined {
  let value: JsonValue | undefined = properties;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}
