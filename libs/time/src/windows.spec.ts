import fc from 'fast-check';
import { countWindows, instantText, MINUTE_MS, windowsOf, type Period, type Window } from './index';
import { at, changes, period, zoneAndPeriod } from './fixtures/zones';

const units = fc.constantFrom<Window>('none', 'minute', 'hour', 'day', 'week', 'month');

/** Where windows begin inside the period, found by looking at the zone's calendar and clock every minute. */
function boundariesSeen({ startMs, endMs }: Period, window: Window, timeZone: string): number[] {
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'longOffset',
  });
  const shown = (ms: number): string => {
    const parts = new Map(clock.formatToParts(ms).map(({ type, value }) => [type, value]));
    const month = `${parts.get('year')}-${parts.get('month')}`;
    if (window === 'month') return month;
    const day = `${month}-${parts.get('day')}`;
    if (window === 'day') return day;
    const hour = `${day} ${parts.get('hour')} ${parts.get('timeZoneName')}`;
    return window === 'hour' ? hour : `${hour} ${parts.get('minute')}`;
  };
  const found: number[] = [];
  // Two days ahead of the period, so that a date shown before it is not taken for new.
  const fromMs = Math.floor(startMs / MINUTE_MS) * MINUTE_MS - 48 * 60 * MINUTE_MS;
  let latest = shown(fromMs);
  for (let ms = fromMs; ms < endMs; ms += MINUTE_MS) {
    const now = shown(ms);
    // A date begins once, an hour or minute whenever the clock comes to another one.
    const isClock = window === 'hour' || window === 'minute';
    if (isClock ? now === latest : now <= latest) continue;
    latest = now;
    if (ms > startMs) found.push(ms);
  }
  return found;
}

/** The Monday on or before a date, found by going back one day after the other. */
function mondayBefore(date: string): string {
  const noon = new Date(`${date}T12:00:00Z`);
  while (noon.toLocaleDateString('en-US', { weekday: 'long', timeZone: 'UTC' }) !== 'Monday') {
    noon.setUTCDate(noon.getUTCDate() - 1);
  }
  return noon.toISOString().slice(0, 10);
}

test('windows begin where the clock on the wall says so', () => {
  const window = fc.constantFrom<Window>('minute', 'hour', 'day', 'month');
  const cases = fc.tuple(zoneAndPeriod(50), window);
  fc.assert(
    fc.property(cases, ([{ timeZone, period }, window]) => {
      const starts = windowsOf(period, window, timeZone).map(({ startMs }) => startMs);
      expect(starts).toEqual([period.startMs, ...boundariesSeen(period, window, timeZone)]);
    }),
    { numRuns: 20 },
  );
});

test('weeks begin on Mondays, wherever the clock on the wall says so', () => {
  fc.assert(
    fc.property(zoneAndPeriod(24 * 20), ({ timeZone, period }) => {
      const starts = windowsOf(period, 'week', timeZone).map(({ startMs }) => startMs);
      const days = windowsOf(period, 'day', timeZone).slice(1);
      const date = new Intl.DateTimeFormat('sv-SE', { timeZone });
      let latest = mondayBefore(date.format(period.startMs));
      const mondays = days.flatMap(({ startMs }) => {
        const monday = mondayBefore(date.format(startMs));
        const isNew = monday > latest;
        latest = isNew ? monday : latest;
        return isNew ? [startMs] : [];
      });
      expect(starts).toEqual([period.startMs, ...mondays]);
    }),
    { numRuns: 20 },
  );
});

test.each(changes)(
  'windows begin where the clock says so: $what in $timeZone',
  ({ timeZone, change }) => {
    const around = { startMs: at(change) - 30 * 3_600_000 - 1, endMs: at(change) + 30 * 3_600_000 };
    for (const window of ['minute', 'hour', 'day'] as const) {
      const starts = windowsOf(around, window, timeZone).map(({ startMs }) => startMs);
      expect(starts).toEqual([around.startMs, ...boundariesSeen(around, window, timeZone)]);
    }
  },
);

test('windows cover the period without gap or overlap, none is empty', () => {
  fc.assert(
    fc.property(zoneAndPeriod(24 * 100), units, ({ timeZone, period }, window) => {
      const windows = windowsOf(period, window, timeZone);
      let reachedMs = period.startMs;
      for (const { startMs, endMs } of windows) {
        if (startMs !== reachedMs || endMs <= startMs) expect({ startMs, endMs }).toBe(reachedMs);
        reachedMs = endMs;
      }
      expect(reachedMs).toBe(period.endMs);
    }),
  );
});

test('a part of a period is cut where the whole is', () => {
  const share = fc.tuple(fc.nat(1000), fc.nat(1000)).filter(([a, b]) => a !== b);
  fc.assert(
    fc.property(zoneAndPeriod(24 * 20), units, share, ({ timeZone, period }, window, [a, b]) => {
      const place = (share: number) =>
        period.startMs + Math.floor(((period.endMs - period.startMs) * share) / 1000);
      const part = { startMs: place(Math.min(a, b)), endMs: place(Math.max(a, b)) };
      fc.pre(part.startMs < part.endMs);
      const cut = windowsOf(period, window, timeZone)
        .map(({ startMs, endMs }) => ({
          startMs: Math.max(startMs, part.startMs),
          endMs: Math.min(endMs, part.endMs),
        }))
        .filter(({ startMs, endMs }) => startMs < endMs);
      expect(windowsOf(part, window, timeZone)).toEqual(cut);
    }),
  );
});

test('windows are counted as far as the bound, and one more says that there are more', () => {
  fc.assert(
    fc.property(
      zoneAndPeriod(24 * 40),
      units,
      fc.integer({ min: 1, max: 60 }),
      ({ timeZone, period }, window, max) => {
        const count = windowsOf(period, window, timeZone).length;
        expect(countWindows(period, window, timeZone, max)).toBe(Math.min(count, max + 1));
      },
    ),
  );
  const allTime = period('0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z');
  expect(countWindows(allTime, 'hour', 'Europe/Berlin', 10_000)).toBe(10_001);
  expect(countWindows(allTime, 'none', 'Europe/Berlin', 10_000)).toBe(1);
});

const texts = (windows: readonly Period[]) =>
  windows.map(({ startMs, endMs }) => `${instantText(startMs)} ${(endMs - startMs) / MINUTE_MS}`);

test.each<[string, Period, Window, string, string[]]>([
  [
    'a day of 23 hours',
    period('2024-03-30T23:00:00Z', '2024-04-01T22:00:00Z'),
    'day',
    'Europe/Berlin',
    ['2024-03-30T23:00:00Z 1380', '2024-03-31T22:00:00Z 1440'],
  ],
  [
    'a day of 25 hours, cut by the period at both ends',
    period('2024-10-26T12:00:00Z', '2024-10-28T00:00:00Z'),
    'day',
    'Europe/Berlin',
    ['2024-10-26T12:00:00Z 600', '2024-10-26T22:00:00Z 1500', '2024-10-27T23:00:00Z 60'],
  ],
  [
    'a repeated hour is two windows',
    period('2024-10-27T00:00:00Z', '2024-10-27T03:00:00Z'),
    'hour',
    'Europe/Berlin',
    ['2024-10-27T00:00:00Z 60', '2024-10-27T01:00:00Z 60', '2024-10-27T02:00:00Z 60'],
  ],
  [
    'hours of a half-hour zone, cut by the period',
    period('2024-01-01T00:00:00Z', '2024-01-01T02:00:00Z'),
    'hour',
    'Asia/Kolkata',
    ['2024-01-01T00:00:00Z 30', '2024-01-01T00:30:00Z 60', '2024-01-01T01:30:00Z 30'],
  ],
  [
    'a repeated half hour is a window of its own',
    period('2024-04-06T14:00:00Z', '2024-04-06T16:30:00Z'),
    'hour',
    'Australia/Lord_Howe',
    ['2024-04-06T14:00:00Z 60', '2024-04-06T15:00:00Z 30', '2024-04-06T15:30:00Z 60'],
  ],
  [
    'a date skipped whole has no window',
    period('2011-12-29T10:00:00Z', '2012-01-01T10:00:00Z'),
    'day',
    'Pacific/Apia',
    ['2011-12-29T10:00:00Z 1440', '2011-12-30T10:00:00Z 1440', '2011-12-31T10:00:00Z 1440'],
  ],
  [
    'a day whose midnight lies inside a skip begins after it',
    period('1919-03-30T05:00:00Z', '1919-04-01T04:00:00Z'),
    'day',
    'America/Toronto',
    ['1919-03-30T05:00:00Z 1410', '1919-03-31T04:30:00Z 1410'],
  ],
  [
    'weeks from Monday, cut by the period at both ends',
    period('2024-03-27T12:00:00Z', '2024-04-09T00:00:00Z'),
    'week',
    'Europe/Berlin',
    ['2024-03-27T12:00:00Z 6360', '2024-03-31T22:00:00Z 10080', '2024-04-07T22:00:00Z 1560'],
  ],
  [
    'minutes, cut by the period at both ends',
    period('2024-01-01T00:00:30Z', '2024-01-01T00:02:30Z'),
    'minute',
    'Asia/Kolkata',
    ['2024-01-01T00:00:30Z 0.5', '2024-01-01T00:01:00Z 1', '2024-01-01T00:02:00Z 0.5'],
  ],
  [
    'months of the first century',
    period('0050-01-15T00:00:00Z', '0050-03-15T00:00:00Z'),
    'month',
    'UTC',
    ['0050-01-15T00:00:00Z 24480', '0050-02-01T00:00:00Z 40320', '0050-03-01T00:00:00Z 20160'],
  ],
  [
    'calendar months of a zone',
    period('2024-01-15T00:00:00Z', '2024-03-15T00:00:00Z'),
    'month',
    'America/New_York',
    ['2024-01-15T00:00:00Z 24780', '2024-02-01T05:00:00Z 41760', '2024-03-01T05:00:00Z 19860'],
  ],
  [
    'a period inside one window',
    period('2024-01-15T00:10:00Z', '2024-01-15T00:20:00Z'),
    'hour',
    'UTC',
    ['2024-01-15T00:10:00Z 10'],
  ],
  [
    'an end on a boundary begins no further window',
    period('2024-01-15T00:00:00Z', '2024-01-16T00:00:00Z'),
    'day',
    'UTC',
    ['2024-01-15T00:00:00Z 1440'],
  ],
  [
    'no window: the period itself',
    period('2024-01-15T00:10:00Z', '2025-01-15T00:10:00Z'),
    'none',
    'Asia/Tokyo',
    ['2024-01-15T00:10:00Z 527040'],
  ],
])('%s', (_what, span, window, timeZone, expected) => {
  expect(texts(windowsOf(span, window, timeZone))).toEqual(expected);
});

test('an empty or reversed period is a bug', () => {
  const nothing = { startMs: 5, endMs: 5 };
  expect(() => windowsOf(nothing, 'none', 'UTC')).toThrow('a period ends after it starts');
  expect(() => countWindows({ startMs: 5, endMs: 4 }, 'day', 'UTC', 1)).toThrow('a period ends');
});
