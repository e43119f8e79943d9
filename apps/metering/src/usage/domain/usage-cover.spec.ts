import fc from 'fast-check';
import { DAY_MS, HOUR_MS } from '../../domain/hours';
import { coverOf, daysTouched, joinPeriods } from './usage-cover';

const day = Math.floor(Date.UTC(2024, 0, 10) / DAY_MS);
const at = (hours: number, ms = 0) => day * DAY_MS + hours * HOUR_MS + ms;

describe('a period is covered', () => {
  test('by whole days where it begins and ends at midnight UTC', () => {
    expect(coverOf({ startMs: at(0), endMs: at(72) })).toEqual({
      fromDay: day,
      toDay: day + 3,
      hours: [],
      raw: [],
    });
  });

  test('by hours of its first and last day, and by events at its ragged edges', () => {
    expect(coverOf({ startMs: at(22, 1), endMs: at(50, -1) })).toEqual({
      fromDay: day + 1,
      toDay: day + 2,
      hours: [
        { day, fromHour: 23, toHour: 24 },
        { day: day + 2, fromHour: 0, toHour: 1 },
      ],
      raw: [
        { startMs: at(22, 1), endMs: at(23) },
        { startMs: at(49), endMs: at(50, -1) },
      ],
    });
  });

  test('by events alone where it holds no whole hour', () => {
    const period = { startMs: at(5, 1), endMs: at(6, -1) };
    expect(coverOf(period)).toEqual({ fromDay: 0, toDay: 0, hours: [], raw: [period] });
  });

  test('so that every millisecond is in exactly one part, and none outside it in any', () => {
    const instants = fc.integer({ min: at(-60), max: at(60) });
    fc.assert(
      fc.property(instants, fc.integer({ min: 1, max: 100 * HOUR_MS }), (startMs, length) => {
        const { fromDay, toDay, hours, raw } = coverOf({ startMs, endMs: startMs + length });
        const parts = [
          { startMs: fromDay * DAY_MS, endMs: toDay * DAY_MS },
          ...hours.map((part) => ({
            startMs: part.day * DAY_MS + part.fromHour * HOUR_MS,
            endMs: part.day * DAY_MS + part.toHour * HOUR_MS,
          })),
          ...raw,
        ].filter((part) => part.startMs < part.endMs);
        expect(parts.reduce((sum, part) => sum + part.endMs - part.startMs, 0)).toBe(length);
        expect(joinPeriods(parts)).toEqual([{ startMs, endMs: startMs + length }]);
      }),
      { numRuns: 300 },
    );
  });
});

test('periods that meet or overlap are joined, others are left apart', () => {
  const joined = joinPeriods([
    { startMs: 7, endMs: 9 },
    { startMs: 1, endMs: 3 },
    { startMs: 3, endMs: 4 },
    { startMs: 2, endMs: 3 },
  ]);
  expect(joined).toEqual([
    { startMs: 1, endMs: 4 },
    { startMs: 7, endMs: 9 },
  ]);
});

test('the days that a period touches include those it only begins or ends in', () => {
  expect(daysTouched({ startMs: at(23), endMs: at(25) })).toEqual({ fromDay: day, toDay: day + 2 });
  expect(daysTouched({ startMs: at(0), endMs: at(24) })).toEqual({ fromDay: day, toDay: day + 1 });
});
