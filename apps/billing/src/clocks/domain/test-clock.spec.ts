import { DomainError } from '@billingrails/errors';
import { checkTestClockAdvance } from './test-clock';

const reasonOf = (from: string, to: string): string | undefined => {
  try {
    checkTestClockAdvance(Date.parse(from), Date.parse(to));
    return undefined;
  } catch (error) {
    return error instanceof DomainError ? error.reason : String(error);
  }
};

test.each([
  ['2024-02-29T00:00:00.000Z', '2024-02-29T00:00:00.000Z', undefined], // staying is allowed
  ['2024-02-29T00:00:00.000Z', '2024-02-28T23:59:59.999Z', 'TEST_CLOCK_REVERSED'],
  ['2024-02-29T00:00:00.000Z', '2026-02-28T00:00:00.000Z', undefined], // two years by the calendar
  ['2024-02-29T00:00:00.000Z', '2026-02-28T00:00:00.001Z', 'TEST_CLOCK_TOO_FAR'],
  ['8999-12-31T00:00:00.000Z', '9000-01-01T00:00:00.001Z', 'TEST_CLOCK_TIME_INVALID'],
])('a test clock at %s moved to %s is refused with %s', (from, to, reason) => {
  expect(reasonOf(from, to)).toBe(reason);
});
