import {
  compileFilters,
  type DistinctValueProblem,
  type Filter,
  type JsonObject,
  parsePath,
  type QuantityProblem,
  readDistinctValue,
  readPath,
  readQuantity,
} from '@billingrails/filters';
import type { ProfileId } from '@billingrails/ids';
import type { AggregationMethod, SampleValue } from './aggregation';

/** One way of counting the events of a meter. Immutable. */
export interface Profile {
  readonly id: ProfileId;
  /** Names the profile inside its organisation, from 1: the short form that events and buckets are stored with. */
  readonly number: number;
  /** Names the profile inside its meter. */
  readonly code: string;
  readonly name: string;
  readonly method: AggregationMethod;
  /** The path of the property that the quantity is made of; empty for count. */
  readonly property: string;
  readonly filters: readonly Filter[];
  readonly createTimeMs: number;
}

/** Why an event that passed a profile's filters could not be counted by it. */
export type UnusableReason = QuantityProblem | DistinctValueProblem | 'unreadable';

/** What a profile makes of an event. */
export type Evaluation =
  | { readonly kind: 'counted'; readonly value: SampleValue }
  | { readonly kind: 'filtered_out' }
  | { readonly kind: 'unusable'; readonly reason: UnusableReason };

/** A profile made ready to be asked about many events. */
export interface CompiledProfile {
  readonly number: number;
  readonly method: AggregationMethod;
  /** `undefined` stands for properties that are no JSON object, which no profile can look into. */
  evaluate(properties: JsonObject | undefined): Evaluation;
}

const FILTERED_OUT: Evaluation = { kind: 'filtered_out' };
const COUNTED: Evaluation = { kind: 'counted', value: undefined };
const UNREADABLE: Evaluation = { kind: 'unusable', reason: 'unreadable' };

/** Compiles the filters and the way to the property once, for all events. */
export function compileProfile(
  profile: Pick<Profile, 'number' | 'method' | 'property' | 'filters'>,
): CompiledProfile {
  const passes = compileFilters(profile.filters);
  const readValue = valueReader(profile.method, profile.property);
  return {
    number: profile.number,
    method: profile.method,
    evaluate(properties) {
      if (properties === undefined) return UNREADABLE;
      return passes(properties) ? readValue(properties) : FILTERED_OUT;
    },
  };
}

function valueReader(
  method: AggregationMethod,
  property: string,
): (properties: JsonObject) => Evaluation {
  const path = parsePath(property);
  switch (method) {
    case 'count':
      return () => COUNTED;
    case 'count_unique':
      return (properties) => {
        const read = readDistinctValue(readPath(properties, path));
        return 'text' in read ? counted(read.text) : unusable(read.problem);
      };
    default:
      return (properties) => {
        const quantity = readQuantity(readPath(properties, path));
        return typeof quantity === 'bigint' ? counted(quantity) : unusable(quantity);
      };
  }
}

function counted(value: SampleValue): Evaluation {
  return { kind: 'counted', value };
}

function unusable(reason: UnusableReason): Evaluation {
  return { kind: 'unusable', reason };
}
