import type { Decimal128 } from 'mongodb';
import { NO_USAGE, type AggregationMethod, type UsageState } from '../../domain/aggregation';
import { levelStateOf, type LevelHour } from '../domain/level-hour';
import { fromPair, toPair, type DecimalPair } from './decimal-pair';

/** The state of a day or an hour. Which fields there are follows from the profile's method. */
export interface StateFields extends Partial<DecimalPair> {
  /** How many events. */
  n: number;
  /** Of min and max: the quantity. (Of sum and average, it is w and f themselves.) */
  m?: DecimalPair;
  /** Of latest: time and key of the event, and its quantity. The order of the fields is the order of comparing. */
  l?: { t: Date; k: string } & DecimalPair;
  /**
   * Of an hour of time_weighted_sum: time and key of the last event and its level, time of the first, level times ms.
   */
  v?: { t: Date; k: string; b: Date; ar: DecimalPair } & DecimalPair;
  /** Of an hour of time_weighted_sum: the events after that one, in order of time. `n` counts them, too. */
  le?: ({ t: Date; k: string } & DecimalPair)[];
}

/** An update under way: what is to be added to paths, and what competes there. */
export interface StateUpdate {
  $inc: Record<string, number | Decimal128>;
  $min: Record<string, unknown>;
  $max: Record<string, unknown>;
}

/**
 * Adds a state to the update, at a path that is '' or ends with a dot. Paths hold no text of a user. Not for
 * time_weighted_sum, whose states cannot be added to what is not known.
 */
export function addState(
  update: StateUpdate,
  path: string,
  state: UsageState,
  method: AggregationMethod,
): void {
  const { n, w, f, m, l } = fieldsOf(state, method);
  update.$inc[`${path}n`] = n;
  if (w !== undefined) update.$inc[`${path}w`] = w;
  if (f !== undefined) update.$inc[`${path}f`] = f;
  if (m !== undefined) update[method === 'min' ? '$min' : '$max'][`${path}m`] = m;
  if (l !== undefined) update.$max[`${path}l`] = l;
}

/** The state as it is stored by itself. */
export function fieldsOf(state: UsageState, method: AggregationMethod): StateFields {
  const { eventCount: n, quantity, origin, held } = state;
  if (quantity === undefined) return { n };
  const pair = toPair(quantity);
  switch (method) {
    case 'sum':
    case 'average':
      return { n, ...pair };
    case 'min':
    case 'max':
      return { n, m: pair };
    case 'latest':
      if (origin === undefined) return { n };
      return { n, l: { t: new Date(origin.timestampMs), k: origin.key, ...pair } };
    case 'time_weighted_sum': {
      if (origin === undefined || held === undefined) return { n };
      const last = { t: new Date(origin.timestampMs), k: origin.key, ...pair };
      return { n, v: { ...last, b: new Date(held.firstMs), ar: toPair(held.area) } };
    }
    default:
      return { n };
  }
}

/** The state that fields hold. */
export function stateOf(fields: StateFields, method: AggregationMethod): UsageState {
  const { n: eventCount, m, l } = fields;
  const state = { ...NO_USAGE, eventCount };
  switch (method) {
    case 'sum':
    case 'average':
      return { ...state, quantity: fromPair(fields) };
    case 'min':
    case 'max':
      return m === undefined ? state : { ...state, quantity: fromPair(m) };
    case 'latest':
      if (l === undefined) return state;
      return { ...state, quantity: fromPair(l), origin: { timestampMs: l.t.getTime(), key: l.k } };
    case 'time_weighted_sum':
      return { ...levelStateOf(levelHourOf(fields)), eventCount };
    default:
      return state;
  }
}

/**
 * How the database merges states into one beside `n`, as `addState` adds them: the sums are exact for the same reason.
 * Of states without a quantity there is none. Not for time_weighted_sum.
 */
export function mergeFields(method: AggregationMethod): Record<string, object> {
  switch (method) {
    case 'sum':
    case 'average':
      return { w: { $sum: '$w' }, f: { $sum: '$f' } };
    case 'min':
      return { m: { $min: '$m' } };
    case 'max':
      return { m: { $max: '$m' } };
    case 'latest':
      return { l: { $max: '$l' } };
    default:
      return {};
  }
}

/** An hour of levels as it is stored. */
export function levelFieldsOf({ settled, recent }: LevelHour): StateFields {
  const { n, ...fields } = fieldsOf(settled, 'time_weighted_sum');
  const le = recent.map(({ timestampMs, key, value }) => ({
    t: new Date(timestampMs),
    k: key,
    ...toPair(typeof value === 'bigint' ? value : 0n),
  }));
  return { n: n + le.length, ...fields, ...(le.length > 0 ? { le } : {}) };
}

/** The hour of levels that fields hold. */
export function levelHourOf({ n, v, le = [] }: StateFields): LevelHour {
  const recent = le.map((one) => ({
    timestampMs: one.t.getTime(),
    key: one.k,
    value: fromPair(one),
  }));
  const settled = { ...NO_USAGE, eventCount: n - le.length };
  if (v === undefined) return { settled, recent };
  const origin = { timestampMs: v.t.getTime(), key: v.k };
  const held = { firstMs: v.b.getTime(), area: fromPair(v.ar) };
  return { settled: { ...settled, quantity: fromPair(v), origin, held }, recent };
}
