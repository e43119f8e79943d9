import type { TimedTest } from './slowest';

/** How a step ended. `counts` are the tests it ran; a step without tests has none. */
export interface StepResult {
  readonly name: string;
  readonly ok: boolean;
  /** How long it took. */
  readonly ms?: number;
  readonly slowest?: readonly TimedTest[];
  readonly counts?: TestCounts;
  readonly failures?: readonly TestFailure[];
}

/** Tests of one or more projects, as the Jest reporter leaves them. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A test that failed; without a name, a file whose tests could not be run. */
export interface TestFailure {
  /** From the repository's root. */
  readonly file: string;
  readonly test: string;
  /** The first lines of what it said. */
  readonly message: string;
}

/** Adds counts up; of nothing, zeros. */
export function addCounts(counts: readonly TestCounts[]): TestCounts {
  return counts.reduce(
    (sum, next) => ({
      passed: sum.passed + next.passed,
      failed: sum.failed + next.failed,
      skipped: sum.skipped + next.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/**
 * The closing line, `N passed, N failed`, with `, N skipped` only where some were. A step that failed without a failed
 * test (a lint, a build, a project that left no counts) counts as one failure, so that the line cannot look green.
 */
export function summaryLine(results: readonly StepResult[]): string {
  const tests = addCounts(results.flatMap((step) => (step.counts ? [step.counts] : [])));
  const silentFailures = results.filter(
    (step) => !step.ok && (step.counts?.failed ?? 0) === 0,
  ).length;
  const line = `${tests.passed} passed, ${tests.failed + silentFailures} failed`;
  return tests.skipped > 0 ? `${line}, ${tests.skipped} skipped` : line;
}

/** What failed, to be read at the end of a long output: a paragraph each test. Empty when nothing did. */
export function failureReport(results: readonly StepResult[]): string {
  return results
    .flatMap(({ failures = [] }) => failures)
    .map(({ file, test, message }) => `${file}: ${test}\n${message.replace(/^/gm, '    ')}\n`)
    .join('\n');
}
