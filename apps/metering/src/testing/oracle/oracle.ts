import {
  fractionOf,
  number,
  order,
  plus,
  rounded,
  share,
  textOf,
  type Fraction,
} from './oracle-fractions';

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
  /** When it was accepted. Undefined where that does not matter. */
  readonly receiveTimeMs?: number;
  /** As sent: JSON text. */
  readonly properties: string;
}

export interface OracleProfile extends OracleRules {
  readonly eventName: string;
  readonly method: string;
  readonly recurring?: boolean;
  readonly timeWindow?: 'none' | 'hour' | 'day';
  /** Later versions: from an instant on, these rules hold instead. In order. */
  readonly revisions?: readonly (OracleRules & { readonly fromMs: number })[];
}

/** What a version of a profile can have another of. */
export interface OracleRules {
  readonly property: readonly string[];
  readonly filters: readonly OracleFilter[];
  /** Paths. */
  readonly groupBy?: readonly (readonly string[])[];
}

export interface OracleFilter {
  readonly property: readonly string[];
  readonly operator: string;
  readonly values: readonly unknown[];
}

export type OracleVerdict =
  { kind: 'filtered_out' | 'unusable' } | { kind: 'counted'; value: unknown; group: string };

/** Which usage is asked for. */
export interface OracleQuestion {
  readonly organisationId: string;
  readonly accountId: string;
  readonly startMs: number;
  readonly endMs: number;
  /** The hours or days of the window, for a profile that has a time window. */
  readonly parts?: readonly { readonly startMs: number; readonly endMs: number }[];
  /** As `oracleGroups` has it. Undefined: all together. */
  readonly group?: string;
}

interface Counted {
  readonly event: OracleEvent;
  readonly value: unknown;
  readonly group: string;
}

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
  const later = (profile.revisions ?? []).filter(({ fromMs }) => fromMs <= event.timestampMs);
  const rules: OracleRules = later.at(-1) ?? profile;
  for (const filter of rules.filters) {
    if (!passes(filter, lookUp(properties, filter.property))) return { kind: 'filtered_out' };
  }
  const values = (rules.groupBy ?? []).map((path) => scalarOf(lookUp(properties, path)) ?? null);
  const group = oracleGroupOf(values, rules);
  if (profile.method === 'count') return { kind: 'counted', value: 1, group };
  const value = lookUp(properties, rules.property);
  if (profile.method === 'count_unique') {
    return scalarOf(value) === undefined ? { kind: 'unusable' } : { kind: 'counted', value, group };
  }
  const fraction = fractionOf(value);
  if (fraction === undefined) return { kind: 'unusable' };
  return { kind: 'counted', value: fraction, group };
}

/** The group of values at a version's paths: those of other paths are other groups. */
export function oracleGroupOf(values: readonly unknown[], { groupBy = [] }: OracleRules): string {
  return `${JSON.stringify(values)} of ${JSON.stringify(groupBy)}`;
}

/** The usage of an account in [startMs, endMs) under a profile, given all events that were stored. */
export function oracleUsage(
  stored: readonly OracleEvent[],
  profile: OracleProfile,
  of: OracleQuestion,
): { value: string; eventCount: number } {
  const counted = countedOf(stored, profile, of);
  const isInside = ({ event }: Counted) =>
    event.timestampMs >= of.startMs && event.timestampMs < of.endMs;
  const eventCount = counted.filter(isInside).length;
  if ((profile.timeWindow ?? 'none') === 'none') {
    const value = valueIn(profile, counted, of);
    return { value: value === undefined ? '' : textOf(value), eventCount };
  }
  const values = (of.parts ?? []).map((part) => valueIn(profile, counted, part) ?? ZERO);
  return { value: textOf(values.reduce(plus, ZERO)), eventCount };
}

/** The groups of an account that have events before an instant, and, but for recurring profiles, after another. */
export function oracleGroups(
  stored: readonly OracleEvent[],
  profile: OracleProfile,
  of: OracleQuestion,
): string[] {
  const fromMs = profile.recurring === true ? -Infinity : of.startMs;
  const counted = countedOf(stored, profile, of).filter(
    ({ event }) => event.timestampMs >= fromMs && event.timestampMs < of.endMs,
  );
  return [...new Set(counted.map(({ group }) => group))].sort();
}

function countedOf(
  stored: readonly OracleEvent[],
  profile: OracleProfile,
  of: OracleQuestion,
): Counted[] {
  const counted: Counted[] = [];
  for (const event of stored) {
    if (event.organisationId !== of.organisationId || event.accountId !== of.accountId) continue;
    if (event.eventName !== profile.eventName) continue;
    const verdict = oracleVerdict(event, profile);
    if (verdict.kind !== 'counted') continue;
    if (of.group === undefined || of.group === verdict.group) counted.push({ ...verdict, event });
  }
  return counted.sort((a, b) => inTime(a.event, b.event));
}

/** What the events come to in a stretch of time. They are in order of time. */
function valueIn(
  { method, recurring = false }: OracleProfile,
  all: readonly Counted[],
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): Fraction | undefined {
  const fromMs = recurring ? -Infinity : startMs;
  const counted = all.filter(
    ({ event }) => event.timestampMs >= fromMs && event.timestampMs < endMs,
  );
  const fractions = counted.map(({ value }) => value as Fraction);
  switch (method) {
    case 'count':
      return number(counted.length);
    case 'count_unique':
      return number(new Set(counted.map(({ value }) => JSON.stringify(value))).size);
    case 'sum':
      return fractions.reduce(plus, ZERO);
    case 'average':
      if (fractions.length === 0) return undefined;
      return rounded(share(fractions.reduce(plus, ZERO), 1, fractions.length));
    case 'max':
      return [...fractions].sort(order).at(-1);
    case 'min':
      return [...fractions].sort(order).at(0);
    case 'time_weighted_sum':
      return [...new Set(counted.map(({ group }) => group))]
        .map((group) =>
          heldIn(
            counted.filter((one) => one.group === group),
            startMs,
            endMs,
          ),
        )
        .reduce(plus, ZERO);
    default:
      return fractions.at(-1);
  }
}

/** Each level from its event, or the start, to the next event, or the end, in seconds. */
function heldIn(counted: readonly Counted[], startMs: number, endMs: number): Fraction {
  return counted
    .map(({ event, value }, index) => {
      const fromMs = Math.max(event.timestampMs, startMs);
      const toMs = Math.max(counted[index + 1]?.event.timestampMs ?? endMs, startMs);
      return share(value as Fraction, toMs - fromMs, 1000);
    })
    .reduce(plus, ZERO);
}

const ZERO: Fraction = { top: 0n, bottom: 1n };

function scalarOf(value: unknown): unknown {
  return ['string', 'number', 'boolean'].includes(typeof value) ? value : undefined;
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
