/**
 * What usage must be, worked out in the most naive way from the list of all events as they arrived. Shares no code
 * with the service: its own paths, filters, decimals (fractions of two integers) and order of strings.
 */

export interface OracleEvent {
  readonly organisationId: string;
  readonly accountId: string;
  readonly eventName: string;
  readonly key: string;
  readonly timestampMs: number;
  /** As sent: JSON text. */
  readonly properties: string;
}

export interface OracleProfile {
  readonly eventName: string;
  readonly method: string;
  readonly property: readonly string[];
  readonly filters: readonly OracleFilter[];
}

export interface OracleFilter {
  readonly property: readonly string[];
  readonly operator: string;
  readonly values: readonly unknown[];
}

export type OracleVerdict =
  { kind: 'filtered_out' | 'unusable' } | { kind: 'counted'; value: unknown };

/** The first event of each key; later ones of the key are duplicates or conflicts, and count for nothing. */
export function oracleStored<E extends OracleEvent>(arrived: readonly E[]): E[] {
  const seen = new Set<string>();
  return arrived.filter(({ organisationId, key }) => {
    const isNew = !seen.has(JSON.stringify([organisationId, key]));
    seen.add(JSON.stringify([organisationId, key]));
    return isNew;
  });
}

/** What one profile makes of one event. */
export function oracleVerdict(event: OracleEvent, profile: OracleProfile): OracleVerdict {
  const properties: unknown = JSON.parse(event.properties);
  for (const filter of profile.filters) {
    if (!passes(filter, lookUp(properties, filter.property))) return { kind: 'filtered_out' };
  }
  if (profile.method === 'count') return { kind: 'counted', value: 1 };
  const value = lookUp(properties, profile.property);
  if (profile.method === 'count_unique') {
    const simple = ['string', 'number', 'boolean'].includes(typeof value);
    return simple ? { kind: 'counted', value } : { kind: 'unusable' };
  }
  const fraction = fractionOf(value);
  return fraction === undefined ? { kind: 'unusable' } : { kind: 'counted', value: fraction };
}

/** The usage of an account in [startMs, endMs) under a profile, given all events that were stored. */
export function oracleUsage(
  stored: readonly OracleEvent[],
  profile: OracleProfile,
  of: { organisationId: string; accountId: string; startMs: number; endMs: number },
): { value: string; eventCount: number } {
  const counted: { event: OracleEvent; value: unknown }[] = [];
  for (const event of stored) {
    if (event.organisationId !== of.organisationId || event.accountId !== of.accountId) continue;
    if (event.eventName !== profile.eventName) continue;
    if (event.timestampMs < of.startMs || event.timestampMs >= of.endMs) continue;
    const verdict = oracleVerdict(event, profile);
    if (verdict.kind === 'counted') counted.push({ event, value: verdict.value });
  }
  return { value: valueOf(profile.method, counted), eventCount: counted.length };
}

function valueOf(method: string, counted: { event: OracleEvent; value: unknown }[]): string {
  const fractions = counted.map(({ value }) => value as Fraction);
  switch (method) {
    case 'count':
      return `${counted.length}`;
    case 'count_unique':
      return `${new Set(counted.map(({ value }) => JSON.stringify(value))).size}`;
    case 'sum':
      return textOf(fractions.reduce(plus, { top: 0n, bottom: 1n }));
    case 'max':
      return fractions.length === 0 ? '' : textOf([...fractions].sort(order).at(-1));
    case 'min':
      return fractions.length === 0 ? '' : textOf([...fractions].sort(order).at(0));
    default: {
      const last = [...counted].sort((a, b) => inTime(a.event, b.event)).at(-1);
      return last === undefined ? '' : textOf(last.value as Fraction);
    }
  }
}

function inTime(a: OracleEvent, b: OracleEvent): number {
  if (a.timestampMs !== b.timestampMs) return a.timestampMs < b.timestampMs ? -1 : 1;
  return Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));
}

function lookUp(properties: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return properties ?? undefined;
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) {
    return undefined;
  }
  const entry = Object.entries(properties).find(([name]) => name === key);
  return entry === undefined ? undefined : lookUp(entry[1], rest);
}

function passes({ operator, values }: OracleFilter, value: unknown): boolean {
  const [first, second] = values;
  const equals = (wanted: unknown) =>
    typeof wanted === typeof value &&
    value !== null &&
    (typeof value === 'number' ? order(number(value), number(wanted)) === 0 : value === wanted);
  const compared = (wanted: unknown) => {
    const [a, b] = [fractionOf(value), fractionOf(wanted)];
    return a === undefined || b === undefined ? NaN : order(a, b);
  };
  switch (operator) {
    case 'eq':
    case 'in':
      return values.some(equals);
    case 'ne':
    case 'not_in':
      return !values.some(equals);
    case 'gt':
      return compared(first) > 0;
    case 'gte':
      return compared(first) >= 0;
    case 'lt':
      return compared(first) < 0;
    case 'lte':
      return compared(first) <= 0;
    case 'between':
      return compared(first) >= 0 && compared(second) <= 0;
    case 'exists':
      return value !== null && value !== undefined;
    case 'not_exists':
      return value === null || value === undefined;
    case 'contains':
      if (Array.isArray(value)) return value.some((element) => Object.is(element, first));
      return (
        typeof value === 'string' && typeof first === 'string' && value.split(first).length > 1
      );
    case 'starts_with':
      return typeof value === 'string' && value.slice(0, String(first).length) === first;
    case 'ends_with':
      return typeof value === 'string' && value.slice(-String(first).length) === first;
    default:
      throw new Error(`The oracle does not know ${operator}.`);
  }
}

/** A number as top / bottom, the bottom a power of ten. */
interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

function number(value: unknown): Fraction {
  return fractionOf(value) ?? { top: 0n, bottom: 1n };
}

/** The number that a value is or holds, when it has at most 20 digits before and 18 after the point. */
function fractionOf(value: unknown): Fraction | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const match = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?$/.exec(`${value}`);
  if (match === null) return undefined;
  const [, sign, whole = '', part = '', exponentText = '0'] = match;
  const exponent = Number(exponentText) - part.length;
  if (Math.abs(exponent) > 1000) return undefined;
  let top = BigInt(whole + part) * (sign === '-' ? -1n : 1n);
  let bottom = 1n;
  if (exponent >= 0) top *= 10n ** BigInt(exponent);
  else bottom = 10n ** BigInt(-exponent);
  while (bottom > 1n && top % 10n === 0n) [top, bottom] = [top / 10n, bottom / 10n];
  const size = top < 0n ? -top : top;
  return bottom > 10n ** 18n || size / bottom >= 10n ** 20n ? undefined : { top, bottom };
}

function plus(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom };
}

function order(a: Fraction, b: Fraction): number {
  const difference = a.top * b.bottom - b.top * a.bottom;
  return difference < 0n ? -1 : Number(difference > 0n);
}

/** By long division, which ends because the bottom is a power of ten. */
function textOf(fraction: Fraction | undefined): string {
  if (fraction === undefined) return '';
  const negative = fraction.top < 0n;
  const top = negative ? -fraction.top : fraction.top;
  let digits = '';
  for (let rest = top % fraction.bottom; rest > 0n; rest = (rest * 10n) % fraction.bottom) {
    digits += ((rest * 10n) / fraction.bottom).toString();
  }
  const whole = (top / fraction.bottom).toString();
  return `${negative ? '-' : ''}${whole}${digits === '' ? '' : `.${digits}`}`;
}
