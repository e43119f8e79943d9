const SHOWN_CHARACTERS_MAX = 40;

/** What a value of JSON is, for people. */
export function kindOf(json: unknown): string {
  if (json === null) return 'null';
  if (Array.isArray(json)) return 'a list';
  switch (typeof json) {
    case 'object':
      return 'an object';
    case 'string':
      return `the text ${shown(json)}`;
    case 'number':
      return `the number ${String(json)}`;
    default:
      return String(json);
  }
}

/** A text in quotes, cut where it becomes long. */
export function shown(text: string): string {
  const isLong = text.length > SHOWN_CHARACTERS_MAX;
  return JSON.stringify(isLong ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text);
}

/** "a", "a or b", "a, b or c". */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}
