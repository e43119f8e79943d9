import { failureReport, summaryLine } from './summary';

const counts = (passed: number, failed = 0, skipped = 0) => ({ passed, failed, skipped });

test.each([
  ['only passes', [{ name: 'tests', ok: true, counts: counts(7) }], '7 passed, 0 failed'],
  [
    'failed tests of a failed step are counted once',
    [{ name: 'tests', ok: false, counts: counts(6, 2) }],
    '6 passed, 2 failed',
  ],
  [
    'a failed check without tests counts as one failure',
    [
      { name: 'lint', ok: false },
      { name: 'tests', ok: true, counts: counts(5) },
    ],
    '5 passed, 1 failed',
  ],
  [
    'a test step that fails outside its tests is a failure',
    [{ name: 'tests', ok: false, counts: counts(5) }],
    '5 passed, 1 failed',
  ],
  [
    'skipped tests are named',
    [{ name: 'tests', ok: true, counts: counts(5, 0, 1) }],
    '5 passed, 0 failed, 1 skipped',
  ],
])('closing line: %s', (_case, results, line) => {
  expect(summaryLine(results)).toBe(line);
});

test('what failed is named at the end, with the first lines of what it said', () => {
  const failures = [
    { file: 'src/a.spec.ts', test: 'adds up', message: 'Expected: 2\nReceived: 3' },
  ];
  const steps = [
    { name: 'lint', ok: true },
    { name: 'tests', ok: false, counts: counts(1, 1), failures },
  ];
  expect(failureReport(steps)).toBe('src/a.spec.ts: adds up\n    Expected: 2\n    Received: 3\n');
  expect(failureReport([{ name: 'lint', ok: true }])).toBe('');
});
