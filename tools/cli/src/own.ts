/**
 * What an object itself has under a name that others chose: `constructor` is no more there than any other name that was
 * not given. Undefined where it has none.
 */
export function own<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Gives an object a value under a name that others chose: `__proto__` becomes a name like any other. */
export function setOwn<T>(object: Record<string, T>, name: string, value: T): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, ...PLAIN });
}

const PLAIN = { configurable: true, enumerable: true, writable: true };
