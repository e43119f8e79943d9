import {
  readDistinctValue,
  readPath,
  type JsonObject,
  type PropertyPath,
  type Scalar,
} from '@billingrails/filters';

/**
 * Which group of a profile an event is counted in: a JSON list with, for each of the profile's group_by paths, the text
 * of the value (see `readDistinctValue`), or null for an event that lacks it. Empty for a profile that has no groups.
 */
export type Group = string;

export const NO_GROUP: Group = '';

/** What a value is shown as that was kept as its hash only, being longer than a group's name may be. */
const HASH_SHOWN = 'sha256:';

/** The group of an event's properties. What is no string, number or boolean is lacking. */
export function groupOf(properties: JsonObject, paths: readonly PropertyPath[]): Group {
  return groupOfValues(paths.map((path) => readPath(properties, path)));
}

/** The group of events with these values at the paths; of no values the one group there is. */
export function groupOfValues(values: readonly Parameters<typeof readDistinctValue>[0][]): Group {
  if (values.length === 0) return NO_GROUP;
  const texts = values.map((value) => {
    const read = readDistinctValue(value);
    return 'text' in read ? read.text : null;
  });
  return JSON.stringify(texts);
}

/** The values that a group stands for, null for those that are lacking; of a long text its SHA-256, as "sha256:…". */
export function groupValues(group: Group): (Scalar | null)[] {
  if (group === NO_GROUP) return [];
  return (JSON.parse(group) as (string | null)[]).map((text) => text && distinctValueOf(text));
}

/** The value that a text of `readDistinctValue` stands for; of a long one its SHA-256, as "sha256:…". */
export function distinctValueOf(text: string): Scalar {
  const value = text.slice(2);
  switch (text[0]) {
    case 'n':
      return Number(value);
    case 'b':
      return value === 'true';
    case 'h':
      return HASH_SHOWN + value;
    default:
      return value;
  }
}
