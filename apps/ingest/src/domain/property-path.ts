import type { Json, JsonObject } from './event';

/** The keys that lead to a property, outermost first. */
export type PropertyPath = readonly string[];

/** Where an account is named unless a mapping says otherwise. */
export const defaultAccountPath: PropertyPath = ['billingrails_account_id'];

const shownKeyCharactersMax = 64;

/** Reads the written form: keys joined by dots, a dot inside a key written `\.`. */
export function parsePropertyPath(text: string): PropertyPath {
  return text.split(/(?<!\\)\./u).map((key) => key.replaceAll('\\.', '.'));
}

/** The value at the path; undefined where there is none. Only own keys count, whatever they are called. */
export function valueAt(properties: JsonObject, path: PropertyPath): Json | undefined {
  let value: Json | undefined = properties;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/**
 * A place inside the properties, as a chain towards them: cheap to extend on the way down, written out only when
 * something is wrong there.
 */
export interface Place {
  readonly parent: Place | undefined;
  /** A number is a position in a list. */
  readonly step: string | number;
}

/** The place as a field path, such as `properties.items[2].price`. */
export function placeText(place: Place): string {
  const { parent, step } = place;
  if (parent === undefined) return String(step);
  if (typeof step === 'number') return `${placeText(parent)}[${step}]`;
  return `${placeText(parent)}.${keyText(step)}`;
}

/** The path as a field path below `properties`. */
export function propertyFieldPath(path: PropertyPath): string {
  return ['properties', ...path.map(keyText)].join('.');
}

/** A key as it may appear in an error: short, printable, its dots escaped as in a property path. */
function keyText(key: string): string {
  if (key === '') return '""';
  const shown =
    key.length <= shownKeyCharactersMax ? key : `${key.slice(0, shownKeyCharactersMax)}…`;
  return shown
    .replaceAll('.', '\\.')
    .replace(
      /[\p{Cc}\ud800-\udfff]/gu,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
