/**
 * Whether an endpoint that asks for these types gets events of that one: none ask for all, "invoice.*" for a
 * beginning.
 */
export function isWanted(eventTypes: readonly string[], type: string): boolean {
  return eventTypes.length === 0 || eventTypes.some((filter) => matches(filter, type));
}

function matches(filter: string, type: string): boolean {
  if (filter === '*') return true;
  return filter.endsWith('.*') ? type.startsWith(filter.slice(0, -1)) : filter === type;
}
