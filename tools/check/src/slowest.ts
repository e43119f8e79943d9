/** A test and how long it ran, without what runs before its file. */
export interface TimedTest {
  /** From the repository's root. */
  readonly file: string;
  readonly test: string;
  readonly seconds: number;
}

const SHOWN = 10;

/** The ten slowest tests, slowest first, a line each. Empty when there are none. */
export function slowestReport(tests: readonly TimedTest[]): string {
  if (tests.length === 0) return '';
  const lines = [...tests]
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, SHOWN)
    .map(({ file, test, seconds }) => `${seconds.toFixed(1).padStart(6)} s  ${file}: ${test}`);
  return `the slowest tests:\n${lines.join('\n')}\n`;
}
