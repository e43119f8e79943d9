import { calendarPeriodAt } from './calendar-period';

test.each([
  ['day', '2024-02-29T12:00:00Z', '2024-02-29', '2024-03-01'],
  ['day', '2024-02-29T00:00:00Z', '2024-02-29', '2024-03-01'],
  ['week', '2024-02-29T12:00:00Z', '2024-02-26', '2024-03-04'],
  ['week', '2024-03-03T23:59:59.999Z', '2024-02-26', '2024-03-04'],
  ['month', '2024-02-29T12:00:00Z', '2024-02-01', '2024-03-01'],
  ['month', '2023-12-31T23:59:59.999Z', '2023-12-01', '2024-01-01'],
] as const)('the %s of %s is from %s to %s', (unit, time, start, end) => {
  const { startMs, endMs } = calendarPeriodAt(unit, Date.parse(time));
  const dates = [startMs, endMs].map((ms) => new Date(ms).toISOString().slice(0, 10));
  expect(dates).toEqual([start, end]);
});
