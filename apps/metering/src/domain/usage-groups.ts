import type { Sample } from './aggregation';
import type { Group } from './group';
import type { CollectedDay } from './usage-day';

/** How many groups an account can have under a version of a profile on a UTC day. */
export const GROUPS_MAX = 1_000;

/** The group of all events beyond them. No other group has this name: theirs are JSON lists. */
export const OVERFLOW_GROUP: Group = '~';

/** The group that an event is counted in, when the day has these groups and can have no others. */
export function placedGroup(group: Group, groups: ReadonlySet<Group>): Group {
  return groups.has(group) ? group : OVERFLOW_GROUP;
}

/**
 * Which groups a day gains: those that are not there yet, in the order they came, as far as there is room. What has no
 * place among all of them then is counted in the overflow group.
 */
export function groupsGained(
  present: ReadonlySet<Group>,
  wanted: Iterable<Group>,
  groupsMax = GROUPS_MAX,
): Group[] {
  const fresh = [...new Set(wanted)].filter((group) => !present.has(group));
  return fresh.slice(0, Math.max(0, groupsMax - present.size));
}

/** The same days with everything of groups that have no place in the overflow group. All are of one account, profile and day. */
export function withOverflow(
  days: readonly CollectedDay[],
  groups: ReadonlySet<Group>,
): CollectedDay[] {
  const placed = days.filter(({ group }) => groups.has(group));
  const rest = days.filter(({ group }) => !groups.has(group));
  const [first] = rest;
  if (first === undefined) return placed;
  const samples = new Map<number, Sample[]>();
  for (const day of rest) {
    for (const [hour, ofHour] of day.samples) {
      const together = samples.get(hour) ?? [];
      samples.set(hour, together);
      together.push(...ofHour);
    }
  }
  return [...placed, { ...first, group: OVERFLOW_GROUP, samples }];
}
