/** A value of one of a meter profile's group_by paths; null where events lack the property. */
export type GroupValue = string | number | boolean | null;

/**
 * A group of usage, by the values of its profile's paths in their order; `other` for all that have no name of their
 * own.
 */
export type Group = readonly GroupValue[] | 'other';

/** Equal exactly for equal groups: 5 and "5" are two. */
export function groupKey(group: Group): string {
  return JSON.stringify(group);
}

/**
 * The order that groups are shown in: value by value, null before booleans before numbers before texts; texts by their
 * UTF-16 code units. `other` comes last.
 */
export function compareGroups(a: Group, b: Group): number {
  if (a === 'other' || b === 'other') return Number(a === 'other') - Number(b === 'other');
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const order = compareValues(a[index] ?? null, b[index] ?? null);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareValues(a: GroupValue, b: GroupValue): number {
  const byType = rank(a) - rank(b);
  if (byType !== 0 || a === null || b === null) return byType;
  return a < b ? -1 : Number(a > b);
}

function rank(value: GroupValue): number {
  return value === null ? 0 : ['boolean', 'number', 'string'].indexOf(typeof value) + 1;
}

/** The group for people: `eu, mobile`; `none` for null. Different groups may read alike. */
export function groupText(group: Group): string {
  return group === 'other' ? 'other groups' : group.map(valueText).join(', ');
}

function valueText(value: GroupValue): string {
  if (value === null) return 'none';
  return value === '' ? '""' : String(value);
}
