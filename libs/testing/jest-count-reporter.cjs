// Leaves the counts of a project's tests, what failed, and the slowest in one small file, which `npm test` adds up.
const fs = require('node:fs');
const path = require('node:path');

const LINES_MAX = 4;
const SLOWEST = 10;
const root = path.resolve(__dirname, '../..');

module.exports = class CountReporter {
  constructor(_global, options) {
    this.file = options.file;
  }
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = results;
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    fs.writeFileSync(
      this.file,
      JSON.stringify({
        passed: numPassedTests,
        failed: numFailedTests + numRuntimeErrorTestSuites,
        skipped: numPendingTests,
        failures: results.testResults.flatMap(failuresOf),
        slowest: results.testResults
          .flatMap(timesOf)
          .sort((a, b) => b.seconds - a.seconds)
          .slice(0, SLOWEST),
      }),
    );
  }
};

function failuresOf({ testFilePath, testResults, testExecError }) {
  const file = path.relative(root, testFilePath);
  const suite = testExecError
    ? [{ file, test: '', message: firstLines(testExecError.message) }]
    : [];
  const failed = testResults.filter(({ status }) => status === 'failed');
  return [
    ...suite,
    ...failed.map(({ fullName, failureMessages }) => ({
      file,
      test: fullName,
      message: firstLines(failureMessages[0]),
    })),
  ];
}

function timesOf({ testFilePath, testResults }) {
  const file = path.relative(root, testFilePath);
  return testResults.map(({ fullName, duration }) => ({
    file,
    test: fullName,
    seconds: (duration ?? 0) / 1000,
  }));
}

function firstLines(message = '') {
  // eslint-disable-next-line no-control-regex
  const plain = message.replace(/\u001b\[[0-9;]*m/g, '');
  return plain
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, LINES_MAX)
    .join('\n');
}
