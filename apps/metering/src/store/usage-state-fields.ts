import type { Decimal128 } from 'mongodb';
import type { AggregationMethod, UsageState } from '../domain/aggregation';
import { fromPair, toPair, type DecimalPair } from './decimal-pair';

/** The state of a day or an hour. Which fields there are follows from the profile's method. */
export interface StateFields extends Partial<DecimalPair> {
  /** How many events. */
  n: number;
  /** Of min and max: the quantity. (Of sum, it is w and f themselves.) */
  m?: DecimalPair;
  /** Of latest: time and key of the event, and its quantity. The order of the fields is the order of comparing. */
  l?: { t: Date; k: string } & DecimalPair;
}

/** An update under way: what is to be added to paths, and what competes there. */
export interface StateUpdate {
  $inc: Record<string, number | Decimal128>;
  $min: Record<string, unknown>;
  $max: Record<string, unknown>;
}

/** Adds a state to the update, at a path that is '' or ends with a dot. Paths hold no text of a user. */
export function addState(
  update: StateUpdate,
  path: string,
  state: UsageState,
  method: AggregationMethod,
): void {
  update.$inc[`${path}n`] = state.eventCount;
  if (state.quantity === undefined) return;
  const pair = toPair(state.quantity);
  switch (method) {
    case 'sum':
      update.$inc[`${path}w`] = pair.w;
      update.$inc[`${path}f`] = pair.f;
      break;
    case 'min':
      update.$min[`${path}m`] = pair;
      break;
    case 'max':
      update.$max[`${path}m`] = pair;
      break;
    case 'latest':
      update.$max[`${path}l`] = latestOf(state, pair);
      break;
    default:
  }
}

function latestOf({ origin }: UsageState, pair: DecimalPair): StateFields['l'] {
  return origin && { t: new Date(origin.timestampMs), k: origin.key, ...pair };
}

/** The state that fields hold. */
export function stateOf(fields: StateFields, method: AggregationMethod): UsageState {
  const { n: eventCount, m, l } = fields;
  const state = { eventCount, quantity: undefined, origin: undefined, values: undefined };
  switch (method) {
    case 'sum':
      return { ...state, quantity: fromPair(fields) };
    case 'min':
    case 'max':
      return m === undefined ? state : { ...state, quantity: fromPair(m) };
    case 'latest':
      if (l === undefined) return state;
      return { ...state, quantity: fromPair(l), origin: { timestampMs: l.t.getTime(), key: l.k } };
    default:
      return state;
  }
}
