import { isList, type JsonObject, type JsonValue } from './json';
import { readPath, type PropertyPath } from './property-path';
import { readQuantity, type Quantity } from './quantity';

/** What a filter can compare with. */
export type Scalar = string | number | boolean;

export const FILTER_OPERATORS = [
  'eq',
  'ne',
  'in',
  'not_in',
  'gt',
  'gte',
  'lt',
  'lte',
  'between',
  'exists',
  'not_exists',
  'contains',
  'starts_with',
  'ends_with',
] as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

/** A condition on one property of an event, as stored: valid, both sides in list form. See docs/filters.md. */
export interface Filter {
  readonly property: PropertyPath;
  readonly operator: FilterOperator;
  readonly values: readonly Scalar[];
}

/** Whether an event's properties pass. */
export type PropertiesTest = (properties: JsonObject) => boolean;

type ValueTest = (value: JsonValue | undefined) => boolean;

/** Makes a filter a test. Done once, for all events. */
export function compileFilter({ property, operator, values }: Filter): PropertiesTest {
  const passes = compilers[operator](values);
  return (properties) => passes(readPath(properties, property));
}

const compilers: Record<FilterOperator, (values: readonly Scalar[]) => ValueTest> = {
  eq: isOneOf,
  ne: (values) => not(isOneOf(values)),
  in: isOneOf,
  not_in: (values) => not(isOneOf(values)),
  gt: ([bound]) => compares(bound, (quantity, than) => quantity > than),
  gte: ([bound]) => compares(bound, (quantity, than) => quantity >= than),
  lt: ([bound]) => compares(bound, (quantity, than) => quantity < than),
  lte: ([bound]) => compares(bound, (quantity, than) => quantity <= than),
  between: ([least, greatest]) => {
    const fromLeast = compares(least, (quantity, than) => quantity >= than);
    const toGreatest = compares(greatest, (quantity, than) => quantity <= than);
    return (value) => fromLeast(value) && toGreatest(value);
  },
  exists: () => isThere,
  not_exists: () => not(isThere),
  contains: ([wanted]) => contains(wanted),
  starts_with: ([start]) => ofStrings(start, (value, text) => value.startsWith(text)),
  ends_with: ([end]) => ofStrings(end, (value, text) => value.endsWith(text)),
};

function not(test: ValueTest): ValueTest {
  return (value) => !test(value);
}

function isThere(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null;
}

/** Same type and same value. A Set compares so, and takes -0 for 0. */
function isOneOf(values: readonly Scalar[]): ValueTest {
  const wanted = new Set<JsonValue | undefined>(values);
  return (value) => wanted.has(value);
}

/** By exact decimal value; what is not a number, or a string that holds one, does not pass. */
function compares(
  bound: Scalar | undefined,
  holds: (quantity: Quantity, bound: Quantity) => boolean,
): ValueTest {
  const than = readQuantity(bound);
  return (value) => {
    const quantity = readQuantity(value);
    return typeof quantity === 'bigint' && typeof than === 'bigint' && holds(quantity, than);
  };
}

/** Of a list, an element of the same type and value; of a string, a part. */
function contains(wanted: Scalar | undefined): ValueTest {
  return (value) => {
    if (isList(value)) return value.some((element) => element === wanted);
    return typeof value === 'string' && typeof wanted === 'string' && value.includes(wanted);
  };
}

function ofStrings(
  wanted: Scalar | undefined,
  holds: (value: string, wanted: string) => boolean,
): ValueTest {
  return (value) => typeof value === 'string' && typeof wanted === 'string' && holds(value, wanted);
}
