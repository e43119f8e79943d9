import { count } from './count';
import { countUnique } from './count-unique';
import { max, min } from './extreme';
import { latest } from './latest';
import { sum } from './sum';
import type { Aggregation } from './usage-state';

export type { Aggregation, Origin, Sample, SampleValue, UsageState } from './usage-state';

/** How a quantity is made of events. */
export type AggregationMethod = 'sum' | 'count' | 'count_unique' | 'max' | 'min' | 'latest';

const aggregations: Record<AggregationMethod, Aggregation> = {
  sum,
  count,
  count_unique: countUnique,
  max,
  min,
  latest,
};

/** The algebra of a method. */
export function aggregationOf(method: AggregationMethod): Aggregation {
  return aggregations[method];
}
