/** A step down into JSON: a key, or a position in a list. */
export type Step = string | number;

const SHOWN_KEY_CHARACTERS_MAX = 64;
const SHOWN_PATH_CHARACTERS_MAX = 512;

/**
 * The steps as a field path in the names of the contract, such as `events[3].properties.duration`. What is longer than
 * any that can be right is cut: an answer must not grow with how wrong its request is.
 */
export function placeText(steps: readonly Step[]): string {
  let text = '';
  for (const step of steps) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? keyText(step) : `.${keyText(step)}`;
    if (text.length > SHOWN_PATH_CHARACTERS_MAX)
      return `${text.slice(0, SHOWN_PATH_CHARACTERS_MAX)}…`;
  }
  return text;
}

/** A key as it may appear in an error: short, printable, its dots escaped. */
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
