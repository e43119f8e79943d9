import fc from 'fast-check';
import { BillingCycles, shareOf, type CycleRule } from './index';
import { anyZone, at } from './fixtures/zones';

test('the shares of parts that follow each other sum to one, by second and by day, wherever the cuts are', () => {
  const start = fc.integer({ min: at('1990-01-01T00:00:00Z'), max: at('2050-01-01T00:00:00Z') });
  const cuts = fc.array(fc.nat(1_000_000), { maxLength: 5 });
  const rule: CycleRule = { unit: 'month', count: 1, anchor: { kind: 'calendar' } };
  const basis = fc.constantFrom('second' as const, 'day' as const);
  fc.assert(
    fc.property(start, anyZone, cuts, basis, (startMs, timeZone, millionths, by) => {
      const { period } = new BillingCycles({ startMs, timeZone, rule }).after(0);
      const length = period.endMs - period.startMs;
      const bounds = [
        period.startMs,
        ...millionths.map((each) => period.startMs + Math.floor((length * each) / 1_000_001)),
        period.endMs,
      ].sort((a, b) => a - b);
      const shares = bounds
        .slice(1)
        .map((endMs, index) =>
          shareOf({ startMs: bounds[index] ?? 0, endMs }, period, by, timeZone),
        );
      expect(shares.reduce((sum, { part }) => sum + part, 0n)).toBe(shares[0]?.whole);
      expect(shares.every(({ part }) => part >= 0n)).toBe(true);
    }),
  );
});

test('a day belongs to what it begins with: the date of a change counts for what comes after it', () => {
  const whole = { startMs: at('2025-01-01T00:00:00Z'), endMs: at('2025-01-31T00:00:00Z') };
  const changeMs = at('2025-01-16T15:00:00Z');
  expect(shareOf({ ...whole, endMs: changeMs }, whole, 'day', 'UTC').part).toBe(15n);
  expect(shareOf({ ...whole, startMs: changeMs }, whole, 'day', 'UTC').part).toBe(15n);
});
