import type { PropertyPath } from '@billingrails/filters';

/** Where an account is named unless a mapping says otherwise. */
export const defaultAccountPath: PropertyPath = ['billingrails_account_id'];

const SHOWN_KEY_CHARACTERS_MAX = 64;

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
    key.length <= SHOWN_KEY_CHARACTERS_MAX ? key : `${key.slice(0, SHOWN_KEY_CHARACTERS_MAX)}…`;
  return shown
    .replaceAll('.', '\\.')
    .replace(
      /[\p{Cc}\ud800-\udfff]/gu,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}
