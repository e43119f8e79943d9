import { NO_USAGE, type UsageState } from '../../domain/aggregation';
import { closedUntil, openCover, statesWithin } from './open-usage';

const at = (text: string) => Date.parse(`2026-05-${text}Z`);
const hourOf = (text: string) => at(text) / 3_600_000;
const shown = (period: { startMs: number; endMs: number } | undefined) =>
  period && [period.startMs, period.endMs].map((ms) => new Date(ms).toISOString().slice(8, 19));

test.each([
  ['10T00:00:00', '20T12:00:00', '19T00:00:00'],
  ['10T00:00:00', '19T00:00:01', '19T00:00:00'],
  ['10T00:00:00', '18T23:59:59', '18T23:59:59'], // all of it
  ['19T06:30:00', '20T12:00:00', '19T06:30:00'], // nothing of it
  ['10T00:00:00', '30T00:00:00', '19T00:00:00'], // dated ahead
])('at noon of the 20th, what is used from %s to %s is closed until %s', (start, end, until) => {
  const period = { startMs: at(start), endMs: at(end) };
  expect(closedUntil(period, at('20T12:00:00'))).toBe(at(until));
});

test.each([
  ['20T00:00:00', '20T02:00:00', '20T00:00:00', '20T02:00:00', undefined, undefined],
  [
    ...['20T00:00:00', '20T02:20:00', '20T00:00:00', '20T03:00:00'],
    ...[undefined, ['20T02:20:00', '20T03:00:00']],
  ],
  [
    ...['20T00:40:00', '20T02:20:00', '20T01:00:00', '20T03:00:00'],
    ...[
      ['20T00:40:00', '20T01:00:00'],
      ['20T02:20:00', '20T03:00:00'],
    ],
  ],
  // Within an hour, and up to its end.
  [
    ...['20T00:40:00', '20T00:50:00', '20T01:00:00', '20T01:00:00'],
    ...[['20T00:40:00', '20T00:50:00'], undefined],
  ],
  [
    ...['20T00:40:00', '20T01:00:00', '20T01:00:00', '20T01:00:00'],
    ...[['20T00:40:00', '20T01:00:00'], undefined],
  ],
] as [string, string, string, string, string[]?, string[]?][])(
  'from %s to %s are the hours from %s to %s, raw %j, ahead %j',
  (from, end, fromHour, toHour, raw, ahead) => {
    const cover = openCover({ startMs: at('01T00:00:00'), endMs: at(end) }, at(from));
    expect(cover).toMatchObject({ fromHour: hourOf(fromHour), toHour: hourOf(toHour) });
    expect([shown(cover?.raw), shown(cover?.ahead)]).toEqual([raw, ahead]);
  },
);

test('where all of a period is closed, nothing is open', () => {
  expect(openCover({ startMs: 0, endMs: 5 }, 5)).toBeUndefined();
});

test('of a bucket count the whole day, or those of its hours that are inside', () => {
  const state = (eventCount: number): UsageState => ({ ...NO_USAGE, eventCount });
  const hours = new Map([0, 3, 23].map((hour) => [hour, state(hour)]));
  const bucket = { day: hourOf('20T00:00:00') / 24, total: state(100), hours };
  const counts = (start: string, end: string) => {
    const cover = openCover({ startMs: 0, endMs: at(end) }, at(start));
    return cover && statesWithin(cover, bucket).map(({ eventCount }) => eventCount);
  };
  expect(counts('19T00:00:00', '21T00:00:00')).toEqual([100]);
  expect(counts('20T01:00:00', '21T00:00:00')).toEqual([3, 23]);
  expect(counts('19T00:00:00', '20T02:10:00')).toEqual([0]);
  expect(counts('21T00:00:00', '21T02:10:00')).toEqual([]);
});
