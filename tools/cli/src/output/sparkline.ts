const BARS = [...'▁▂▃▄▅▆▇█'];

/**
 * Values as bars beside each other, from nothing to the greatest; what has no value is a gap. A picture, not a
 * figure: the values may be rounded for it.
 */
export function sparkline(values: readonly string[]): string {
  const numbers = values.map((value) => (value === '' ? undefined : Number(value)));
  const known = numbers.filter((value) => value !== undefined);
  const least = Math.min(0, ...known);
  const most = Math.max(...known);
  return numbers.map((value) => (value === undefined ? ' ' : barOf(value, least, most))).join('');
}

function barOf(value: number, least: number, most: number): string {
  const share = most === least ? 0 : (value - least) / (most - least);
  return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))] ?? '';
}
