import { slowestReport } from './slowest';

test('the ten slowest tests are named with file and seconds, slowest first', () => {
  const tests = Array.from({ length: 12 }, (_, n) => ({
    file: `libs/a/src/${n}.spec.ts`,
    test: `case ${n}`,
    seconds: (n * 5) % 12,
  }));
  const lines = slowestReport(tests).trimEnd().split('\n');
  expect(lines).toHaveLength(11);
  expect(lines[0]).toBe('the slowest tests:');
  expect(lines[1]).toBe('  11.0 s  libs/a/src/7.spec.ts: case 7');
  expect(lines[10]).toBe('   2.0 s  libs/a/src/10.spec.ts: case 10');
});

test('without tests nothing is said of them', () => {
  expect(slowestReport([])).toBe('');
});
