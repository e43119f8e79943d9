import { invalid } from '@billingrails/errors';
import { BillingCycles, type CycleRule } from '@billingrails/time';
import { instantViolations } from './instant';

/** How far one request may move a test clock: two years, by the calendar. */
const AHEAD_MAX: CycleRule = { unit: 'year', count: 2, anchor: { kind: 'start' } };

/** Refuses a time that no test clock may show, by its field. Throws a DomainError of kind invalid. */
export function checkTestClockTime(timeMs: number, field = 'current_time'): void {
  const violations = instantViolations(timeMs, field);
  if (violations.length > 0)
    throw invalid('TEST_CLOCK_TIME_INVALID', 'A test clock cannot show that time.', violations);
}

/** Refuses to move a test clock back, or too far at once. Staying is allowed. Throws a DomainError of kind invalid. */
export function checkTestClockAdvance(currentMs: number, toMs: number): void {
  checkTestClockTime(toMs);
  if (toMs < currentMs) {
    throw invalid('TEST_CLOCK_REVERSED', 'A test clock moves forward only.', [
      {
        field: 'current_time',
        description: `must not be before the clock's ${new Date(currentMs).toISOString()}`,
      },
    ]);
  }
  const ahead = new BillingCycles({ startMs: currentMs, timeZone: 'UTC', rule: AHEAD_MAX });
  const { endMs: latestMs } = ahead.period(0);
  if (toMs > latestMs) {
    throw invalid('TEST_CLOCK_TOO_FAR', 'A test clock moves at most two years at once.', [
      {
        field: 'current_time',
        description: `must not be after ${new Date(latestMs).toISOString()}`,
      },
    ]);
  }
}
