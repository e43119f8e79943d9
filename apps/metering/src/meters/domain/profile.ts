import {
  compileFilterNode,
  readDistinctValue,
  parsePath,
  readPath,
  readQuantity,
  type DistinctValueProblem,
  type Filter,
  type FilterNode,
  type JsonObject,
  type QuantityProblem,
} from '@billingrails/filters';
import type { ProfileId } from '@billingrails/ids';
import type { AggregationMethod, SampleValue } from '../../domain/aggregation';
import { groupOf, NO_GROUP, type Group } from '../../domain/group';

/** Into which parts a window is cut, to be aggregated each for itself and then summed. */
export type AggregationTimeWindow = 'none' | 'hour' | 'day';

/** One way of counting the events of a meter, in one of its versions. Immutable. */
export interface Profile {
  readonly id: ProfileId;
  /** Names this version inside its organisation, from 1: the short form that buckets are stored with. */
  readonly number: number;
  /** Names the profile, in all of its versions, inside its meter. */
  readonly code: string;
  /** From 1; each revision of the code has the next. */
  readonly version: number;
  /** The first timestamp of events that it counts, a whole UTC hour. A first version has none: from the beginning. */
  readonly effectiveFromMs?: number | undefined;
  readonly name: string;
  readonly method: AggregationMethod;
  /** The path of the property that the quantity is made of; empty for count. */
  readonly property: string;
  /** An event counts when it passes each of them, and `filter`. */
  readonly filters: readonly Filter[];
  readonly filter?: FilterNode | undefined;
  /** Whether a window starts with what was before it. */
  readonly recurring: boolean;
  readonly timeWindow: AggregationTimeWindow;
  /** The paths of the properties whose values part the usage into groups. */
  readonly groupBy: readonly string[];
  readonly createTimeMs: number;
}

/** A version of a profile with the time that it counts: events with fromMs <= timestamp < toMs. */
export interface ProfileVersion {
  readonly profile: Profile;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Why an event that passed a profile's filters could not be counted by it. */
export type UnusableReason = QuantityProblem | DistinctValueProblem | 'unreadable';

/** What a profile makes of an event. */
export type Evaluation =
  | { readonly kind: 'counted'; readonly value: SampleValue; readonly group: Group }
  | { readonly kind: 'filtered_out' }
  | { readonly kind: 'unusable'; readonly reason: UnusableReason };

/** A version of a profile made ready to be asked about many events. */
export interface CompiledProfile extends Omit<ProfileVersion, 'profile'> {
  readonly number: number;
  readonly method: AggregationMethod;
  readonly groupBy: readonly string[];
  /**
   * An event outside the version's time is filtered out, whatever it holds. `undefined` stands for properties that are
   * no JSON object, which no profile can look into.
   */
  evaluate(properties: JsonObject | undefined, timestampMs: number): Evaluation;
}

/** What decides which events a profile counts, and how. */
export type CountingRules = Pick<
  Profile,
  'number' | 'method' | 'property' | 'filters' | 'filter' | 'groupBy'
>;

const FILTERED_OUT: Evaluation = { kind: 'filtered_out' };
const UNREADABLE: Evaluation = { kind: 'unusable', reason: 'unreadable' };

/** Compiles the filters and the ways to properties once, for all events. */
export function compileProfile({
  profile: rules,
  fromMs,
  toMs,
}: Omit<ProfileVersion, 'profile'> & { readonly profile: CountingRules }): CompiledProfile {
  const { number, method, groupBy } = rules;
  const passes = compileFilterNode({
    all: [...rules.filters, ...(rules.filter === undefined ? [] : [rules.filter])],
  });
  const readValue = valueReader(method, rules.property);
  const groupPaths = groupBy.map(parsePath);
  return {
    number,
    method,
    groupBy,
    fromMs,
    toMs,
    evaluate(properties, timestampMs) {
      if (timestampMs < fromMs || timestampMs >= toMs) return FILTERED_OUT;
      if (properties === undefined) return UNREADABLE;
      if (!passes(properties)) return FILTERED_OUT;
      const read = readValue(properties);
      if ('reason' in read) return { kind: 'unusable', reason: read.reason };
      const group = groupPaths.length === 0 ? NO_GROUP : groupOf(properties, groupPaths);
      return { kind: 'counted', value: read.value, group };
    },
  };
}

type ReadValue = { readonly value: SampleValue } | { readonly reason: UnusableReason };

const NO_VALUE: ReadValue = { value: undefined };

function valueReader(
  method: AggregationMethod,
  property: string,
): (properties: JsonObject) => ReadValue {
  const path = parsePath(property);
  switch (method) {
    case 'count':
      return () => NO_VALUE;
    case 'count_unique':
      return (properties) => {
        const read = readDistinctValue(readPath(properties, path));
        return 'text' in read ? { value: read.text } : { reason: read.problem };
      };
    default:
      return (properties) => {
        const quantity = readQuantity(readPath(properties, path));
        return typeof quantity === 'bigint' ? { value: quantity } : { reason: quantity };
      };
  }
}
