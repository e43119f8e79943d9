import {
  distinctTextOf,
  readDistinctValue,
  readPath,
  shownDistinctValue,
  type JsonObject,
  type JsonValue,
  type PropertyPath,
  type Scalar,
} from '@billingrails/filters';

/**
 * Which group of a profile an event is counted in: a JSON list with, for each of the profile's group_by paths, the text
 * of the value (see `readDistinctValue`), or null for an event that lacks it. Empty for a profile that has no groups.
 */
export type Group = string;

export const NO_GROUP: Group = '';

/** The group of an event's properties. What is no string, number or boolean is lacking. */
export function groupOf(properties: JsonObject, paths: readonly PropertyPath[]): Group {
  return groupOfValues(paths.map((path) => readPath(properties, path)));
}

/** The group of events with these values at the paths; of no values the one group there is. */
export function groupOfValues(values: readonly (JsonValue | undefined)[]): Group {
  return groupOfTexts(
    values.map((value) => {
      const read = readDistinctValue(value);
      return 'text' in read ? read.text : null;
    }),
  );
}

/** The group that is shown with these values: what `groupValues` gives for it, or the values that its events have. */
export function groupShownAs(values: readonly (Scalar | null)[]): Group {
  return groupOfTexts(values.map((value) => (value === null ? null : distinctTextOf(value))));
}

function groupOfTexts(texts: readonly (string | null)[]): Group {
  return texts.length === 0 ? NO_GROUP : JSON.stringify(texts);
}

/** The values that a group stands for, null for those that are lacking; of a long text its SHA-256, as "sha256:…". */
export function groupValues(group: Group): (Scalar | null)[] {
  if (group === NO_GROUP) return [];
  return (JSON.parse(group) as (string | null)[]).map((text) => text && shownDistinctValue(text));
}

/**
 * A group of the versions of a profile that have the same group_by paths: values of other paths make other groups,
 * however they read.
 */
export interface NamedGroup {
  readonly group: Group;
  /** The first version of the profile that has these paths: what tells them apart. */
  readonly version: number;
}

/** A group that is asked for. */
export interface WantedGroup {
  readonly group: Group;
  /** A version of the profile that has its paths; undefined: whichever has as many. */
  readonly version?: number | undefined;
}
