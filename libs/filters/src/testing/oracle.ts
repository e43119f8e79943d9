/**
 * Whether an event passes a tree, worked out naively from the JSON texts of both. Shares no code with the library: its
 * numbers are fractions of two integers, its paths are looked up entry by entry.
 */
export function oraclePasses(treeText: string, propertiesText: string): boolean {
  return walk(JSON.parse(treeText), JSON.parse(propertiesText));
}

interface Condition {
  property: string[];
  operator: string;
  values: unknown[];
}

function walk(tree: Record<string, unknown>, properties: unknown): boolean {
  const of = (members: unknown) =>
    (members as Record<string, unknown>[]).map((member) => walk(member, properties));
  if (tree['all'] !== undefined) return !of(tree['all']).includes(false);
  if (tree['any'] !== undefined) return of(tree['any']).includes(true);
  if (tree['negated'] !== undefined)
    return !walk(tree['negated'] as Record<string, unknown>, properties);
  const { property, operator, values } = tree as unknown as Condition;
  return holds(operator, lookUp(properties, property), values);
}

function lookUp(value: unknown, [key, ...rest]: string[]): unknown {
  if (key === undefined) return value ?? undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entry = Object.entries(value).find(([name]) => name === key);
  return entry && lookUp(entry[1], rest);
}

function holds(operator: string, value: unknown, values: unknown[]): boolean {
  const [first, second] = values;
  const is = (wanted: unknown) => JSON.stringify(value) === JSON.stringify(wanted);
  switch (operator) {
    case 'eq':
    case 'in':
      return values.some(is);
    case 'ne':
    case 'not_in':
      return !values.some(is);
    case 'gt':
      return difference(value, first).some((sign) => sign > 0);
    case 'gte':
      return difference(value, first).some((sign) => sign >= 0);
    case 'lt':
      return difference(value, first).some((sign) => sign < 0);
    case 'lte':
      return difference(value, first).some((sign) => sign <= 0);
    case 'between':
      return holds('gte', value, [first]) && holds('lte', value, [second]);
    case 'exists':
      return value !== undefined;
    case 'not_exists':
      return value === undefined;
    case 'contains':
      if (Array.isArray(value))
        return value.map((each) => JSON.stringify(each)).includes(JSON.stringify(first));
      return (
        bothTexts(value, first) && (first === '' || String(value).split(String(first)).length > 1)
      );
    case 'starts_with':
      return bothTexts(value, first) && String(value).slice(0, String(first).length) === first;
    case 'ends_with':
      return (
        bothTexts(value, first) &&
        (first === '' || String(value).slice(-String(first).length) === first)
      );
    default:
      throw new Error(`The oracle knows no ${operator}.`);
  }
}

function bothTexts(a: unknown, b: unknown): boolean {
  return typeof a === 'string' && typeof b === 'string';
}

/** The sign of a - b; nothing when one of them is no number. */
function difference(a: unknown, b: unknown): bigint[] {
  const [one, other] = [fractionOf(a), fractionOf(b)];
  return one && other ? [one.top * other.bottom - other.top * one.bottom] : [];
}

function fractionOf(value: unknown): { top: bigint; bottom: bigint } | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const match = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,3}))?$/.exec(
    String(value),
  );
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const shift = Number(exponent) - fraction.length;
  const digits = BigInt(`${sign}${whole}${fraction}`);
  return shift >= 0
    ? { top: digits * 10n ** BigInt(shift), bottom: 1n }
    : { top: digits, bottom: 10n ** BigInt(-shift) };
}
