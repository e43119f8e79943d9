import { isObject, type JsonObject, type JsonValue } from './json';

/** The keys from the outermost property inwards. At least one. */
export type PropertyPath = readonly string[];

const PATH_KEYS_MAX = 8;
const PATH_KEY_LENGTH_MAX = 128;

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
  if (path.length > PATH_KEYS_MAX) return `must have at most ${PATH_KEYS_MAX} keys`;
  if (path.some((key) => Array.from(key).length > PATH_KEY_LENGTH_MAX)) {
    return `must have keys of at most ${PATH_KEY_LENGTH_MAX} characters`;
  }
  return undefined;
}

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
