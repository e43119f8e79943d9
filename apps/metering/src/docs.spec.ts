import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const docs = [
  ...['metering.md', 'filters.md', 'stored-events.md', 'corrections.md'],
  'operations/metrics.md',
].map((name) =>
  // A name may run over the end of a line.
  readFileSync(join(__dirname, '../../../docs', name), 'utf8').replace(/\s+/g, ' '),
);

/** Each test file that a document names, with the text up to the next one. */
function references(doc: string): { file: string; names: string[] }[] {
  return [...doc.matchAll(/`([\w./-]+\.spec\.ts)`((?:(?!`[\w./-]+\.spec\.ts`).)*)/g)].map(
    ([, file = '', text = '']) => ({
      file,
      // Names are in double quotes; quotes inside `code` are not names.
      names: [...text.replace(/`[^`]*`/g, '').matchAll(/"([^"]+)"/g)].map(([, name = '']) => name),
    }),
  );
}

const named = docs.flatMap(references);

test('the documents name tests for what they say', () => {
  expect(named.flatMap(({ names }) => names).length).toBeGreaterThan(40);
});

test.each(named)('$file has the tests $names', ({ file, names }) => {
  const path = join(__dirname, /^(apps|libs)\//.test(file) ? '../../..' : '.', file);
  expect(existsSync(path)).toBe(true);
  const source = readFileSync(path, 'utf8');
  // A long name may be cut: "its beginning…".
  const isThere = (name: string) => source.includes(name.replace(/…$/, ''));
  expect(names.filter((name) => !isThere(name))).toEqual([]);
});
