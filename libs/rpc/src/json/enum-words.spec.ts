import { AggregationMethodSchema } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { enumValueName, enumWords } from './enum-words';

test.each([
  ['count', 'AGGREGATION_METHOD_COUNT'],
  ['Count', 'AGGREGATION_METHOD_COUNT'],
  ['COUNT_UNIQUE', 'AGGREGATION_METHOD_COUNT_UNIQUE'],
  ['countUnique', 'AGGREGATION_METHOD_COUNT_UNIQUE'],
  ['Count unique', 'AGGREGATION_METHOD_COUNT_UNIQUE'],
  ['aggregation_method_sum', 'AGGREGATION_METHOD_SUM'],
  ['AGGREGATION_METHOD_SUM', 'AGGREGATION_METHOD_SUM'],
  ['unspecified', 'AGGREGATION_METHOD_UNSPECIFIED'],
  ['counts', undefined],
  ['', undefined],
  ['__proto__', undefined],
])('%s stands for %s', (word, name) => {
  expect(enumValueName(AggregationMethodSchema, word)).toBe(name);
});

test('the words offered are those of values that say something', () => {
  expect(enumWords(AggregationMethodSchema)).not.toContain('unspecified');
  expect(enumWords(AggregationMethodSchema)).toContain('time_weighted_sum');
});
