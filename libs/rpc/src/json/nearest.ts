/** The name among `known` that `name` was probably meant to be; undefined when none is near. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const wanted = plain(name);
  let nearest: string | undefined;
  // Two of five letters may be wrong, and of a long name four.
  let distanceMax = Math.min(4, Math.max(1, Math.round(wanted.length * 0.4))) + 1;
  if (name.length > NAME_CHARACTERS_MAX) return undefined;
  for (const candidate of known) {
    const away = distance(wanted, plain(candidate), distanceMax);
    if (away >= distanceMax) continue;
    nearest = candidate;
    distanceMax = away;
  }
  return nearest;
}

const NAME_CHARACTERS_MAX = 64;

/** Neither case nor the way that words are joined makes a name another. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** How many letters must be put in, left out, changed or swapped with the next; `limit` when it is that or more. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let [before, row] = [new Array<number>(), Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = cell(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(changed, cell(row, j) + 1, cell(next, j - 1) + 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) least = Math.min(least, cell(before, j - 2) + 1);
      next.push(least);
    }
    [before, row] = [row, next];
  }
  return Math.min(limit, cell(row, b.length));
}

function cell(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
