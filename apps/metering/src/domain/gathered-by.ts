/** Items by key; the keys, and the items of each, in the order in which they come. */
export function gatheredBy<K, T>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const gathered = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const own = gathered.get(key);
    if (own === undefined) gathered.set(key, [item]);
    else own.push(item);
  }
  return gathered;
}
