import { average } from './average';
import { count } from './count';
import { countUnique } from './count-unique';
import { max, min } from './extreme';
import { latest } from './latest';
import { sum } from './sum';
import { timeWeightedSum } from './time-weighted-sum';
import type { Aggregation } from './usage-state';

export { amountText, type Amount } from './amount';
export {
  NO_USAGE,
  type Aggregation,
  type Held,
  type Origin,
  type Sample,
  type SampleValue,
  type UsageState,
  type WindowUsage,
} from './usage-state';

/** How a quantity is made of events. */
export type AggregationMethod =
  'sum' | 'count' | 'count_unique' | 'max' | 'min' | 'latest' | 'average' | 'time_weighted_sum';

const aggregations: Record<AggregationMethod, Aggregation> = {
  sum,
  count,
  count_unique: countUnique,
  max,
  min,
  latest,
  average,
  time_weighted_sum: timeWeightedSum,
};

/** The algebra of a method. */
export function aggregationOf(method: AggregationMethod): Aggregation {
  return aggregations[method];
}
