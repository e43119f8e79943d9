import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../../..');
// A name may run over the end of a line.
const page = readFileSync(join(root, 'docs/pricing.md'), 'utf8').replace(/\s+/g, ' ');

/** Each test that the page names, `file: name; name`, in a name "…" for what differs between its cases or is cut. */
const named = [...page.matchAll(/`([\w./-]+\.spec\.ts)`: ([^_`]+)/g)].flatMap(
  ([, file = '', names = '']) =>
    names
      .split(';')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => ({ file, name })),
);

test('the page names tests for what it says', () => {
  expect(named.length).toBeGreaterThan(20);
});

test.each(named)('$file has the test "$name"', ({ file, name }) => {
  const path = join(/^(apps|libs|tools)\//.test(file) ? root : __dirname, file);
  const source = readFileSync(path, 'utf8').replace(/\s+/g, ' ');
  const parts = name.split('…').map((part) => part.trim());
  expect(parts.filter((part) => !source.includes(part))).toEqual([]);
});
