import { addDays, civilDateEndMs, civilDateOf, isCivilDate } from './civil-date';

test.each([
  ['2026-11-01T00:00:00Z', 'UTC', '2026-11-01'],
  ['2026-11-01T00:00:00Z', 'America/New_York', '2026-10-31'],
  ['2026-10-31T11:00:00Z', 'Pacific/Kiritimati', '2026-11-01'],
])('at %s the clocks of %s show %s', (instant, timeZone, date) => {
  expect(civilDateOf(Date.parse(instant), timeZone)).toBe(date);
});

test.each([
  ['2026-11-01', 30, '2026-12-01'],
  ['2024-02-28', 1, '2024-02-29'],
  ['2026-01-01', -1, '2025-12-31'],
  ['2026-01-01', 0, '2026-01-01'],
])('%s and %s days are %s', (date, days, later) => {
  expect(addDays(date, days)).toBe(later);
});

test.each([
  ['2026-12-01', 'UTC', '2026-12-02T00:00:00.000Z'],
  ['2026-03-29', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
  // Midnight is skipped there: the day begins at one.
  ['2018-11-03', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
])('%s in %s is over at %s', (date, timeZone, end) => {
  expect(new Date(civilDateEndMs(date, timeZone)).toISOString()).toBe(end);
});

test.each(['2026-02-30', '2026-1-1', 'tomorrow', '2026-12-01T00:00:00Z', ''])(
  '%p is no date',
  (text) => {
    expect(isCivilDate(text)).toBe(false);
    expect(isCivilDate('2026-02-28')).toBe(true);
  },
);
