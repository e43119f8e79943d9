import { nearestName } from './nearest';

const names = ['event_name', 'properties', 'idempotency_key', 'timestamp', 'flat', 'per_unit'];

test.each([
  ['property', 'properties'],
  ['props', undefined],
  ['eventName', 'event_name'],
  ['evnt_name', 'event_name'],
  ['time_stamp', 'timestamp'],
  ['timestmap', 'timestamp'], // swapped letters are one mistake
  ['idempotencyKey', 'idempotency_key'],
  ['perunit', 'per_unit'],
  ['flta', 'flat'],
  ['volume', undefined],
  ['', undefined],
  ['x'.repeat(1_000_000), undefined],
])('what was meant by %s', (name, nearest) => {
  expect(nearestName(name, names)).toBe(nearest);
});
