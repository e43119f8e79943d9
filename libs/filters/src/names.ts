const plainAscii = /^[\x20-\x7e]*$/;
const controlCharacter = /\p{Cc}/u;
/** With the u flag a surrogate only matches where it has no partner. */
const loneSurrogate = /[\ud800-\udfff]/u;

/** Whether the text can be written as UTF-8 without loss: every surrogate has its partner. */
export function isWellFormed(text: string): boolean {
  return !loneSurrogate.test(text);
}

/**
 * What keeps the text from being a name: its length in characters (code points) must be within 1 and `charactersMax`,
 * without control characters or lone surrogates. Undefined when nothing does.
 */
export function nameProblem(text: string, charactersMax: number): string | undefined {
  if (text === '') return 'must not be empty';
  if (text.length <= charactersMax && plainAscii.test(text)) return undefined;
  if (!isWellFormed(text)) return 'must be well-formed Unicode: it holds half of a surrogate pair';
  if (controlCharacter.test(text)) return 'must not hold control characters';
  if (isLonger(text, charactersMax)) return `must have at most ${charactersMax} characters`;
  return undefined;
}

function isLonger(text: string, charactersMax: number): boolean {
  if (text.length <= charactersMax) return false;
  return text.length > 2 * charactersMax || Array.from(text).length > charactersMax;
}

/** The most characters (code points) that an event's name has. */
export const EVENT_NAME_CHARACTERS_MAX = 128;
/** The most characters that a key of its properties has. */
export const PROPERTY_KEY_CHARACTERS_MAX = 128;
/** How deep its properties are nested at most: objects and lists, the properties themselves being the first. */
export const PROPERTIES_DEPTH_MAX = 8;

/** Why no event can have this name, as a sentence's end ("must …"). Undefined when one can. */
export function eventNameProblem(name: string): string | undefined {
  return nameProblem(name, EVENT_NAME_CHARACTERS_MAX);
}

/**
 * Why no event can have a property under this key, as a sentence's end. `__proto__` is no key for any of the programs
 * that read events, and not worth the risk of finding out.
 */
export function propertyKeyProblem(key: string): string | undefined {
  return key === '__proto__' ? 'is not allowed' : nameProblem(key, PROPERTY_KEY_CHARACTERS_MAX);
}
