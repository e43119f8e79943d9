import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../../..');

/** The tests that a page names in the table at its end. */
interface Reference {
  readonly page: string;
  readonly file: string;
  /** A name may be cut, or leave out what differs between cases: "its beginning…". */
  readonly names: readonly string[];
}

function referencesOf(page: string): Reference[] {
  const [, table = ''] = readFileSync(join(root, 'docs', page), 'utf8').split(/^## Shown by$/m);
  const [, base = '.'] = /^\| .*(?:under|in) `((?:apps|libs|tools)\/[\w/-]+)`/m.exec(table) ?? [];
  return table.split('\n').flatMap((row) => {
    const cell = row.replaceAll('\\|', '\u0000').split('|')[2] ?? '';
    return [...cell.matchAll(/`([\w./-]+\.spec\.ts)`((?:(?!`[\w./-]+\.spec\.ts`).)*)/g)].map(
      ([, file = '', text = '']) => ({
        page,
        file: /^(apps|libs|tools)\//.test(file) ? file : `${base}/${file}`,
        names: namesIn(text.replaceAll('\u0000', '|')),
      }),
    );
  });
}

/** In double quotes, or without any after a colon, parted by semicolons. */
function namesIn(text: string): string[] {
  const quoted = [...text.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name);
  if (quoted.length > 0) return quoted;
  const [, plain = ''] = /^: ([^`]*)/.exec(text) ?? [];
  return plain
    .split(';')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'all');
}

const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const references = pages.flatMap(referencesOf);

test('the pages on what customers rely on name their tests at their end', () => {
  const naming = new Set(references.map(({ page }) => page));
  const rules = ['billing', 'bills', 'clients', 'corrections', 'events', 'invoicing', 'json'];
  const expected = [...rules, 'metering', 'stored-events', 'subscriptions', 'webhooks'];
  expect(expected.filter((name) => !naming.has(`${name}.md`))).toEqual([]);
});

test.each([...new Set(references.map(({ page }) => page))])(
  'every test that %s names at its end is there',
  (name) => {
    const missing = references
      .filter(({ page }) => page === name)
      .flatMap(({ file, names }) => {
        if (!existsSync(join(root, file))) return [file];
        const source = readFileSync(join(root, file), 'utf8').replace(/\\|\s+/g, squeezed);
        const isThere = (part: string) => source.includes(part.trim());
        return names
          .filter((each) => !each.split('…').every(isThere))
          .map((each) => `${file}: ${each}`);
      });
    expect(missing).toEqual([]);
  },
);

/** Without the backslashes before quotes, and on one line. */
function squeezed(text: string): string {
  return text === '\\' ? '' : ' ';
}
