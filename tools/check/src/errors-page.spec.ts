import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { helpUrl, reasonsByOwner } from '@billingrails/errors';
import { withReasons } from './errors-page';
import { unaligned } from './written-tables';

const root = resolve(__dirname, '../../..');
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
const reasons = Object.values(reasonsByOwner).flatMap((each) => Object.keys(each));

test('docs/errors.md tells of every reason what the code says; `npm run docs` brings it up to date', () => {
  expect(unaligned(page)).toBe(unaligned(withReasons(page)));
});

test('no reason belongs to two services', () => {
  expect(new Set(reasons).size).toBe(reasons.length);
});

test('the link of every reason leads to its row', () => {
  for (const reason of reasons) {
    const anchor = new URL(helpUrl(reason)).hash.slice(1);
    expect(page).toContain(`<a id="${anchor}"></a>\`${reason}\``);
  }
});

test('every reason is one that something is refused with', () => {
  const sources = ['apps', 'libs', 'tools'].flatMap((folder) => sourcesIn(join(root, folder)));
  const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
  expect(reasons.filter((reason) => !text.includes(`'${reason}'`))).toEqual([]);
});

/** What runs in production: neither tests nor what helps them, nor the list itself. */
function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (file) => !/node_modules|\.spec\.ts$|\/(test|testing|testing|reasons|gen)\//.test(file),
    );
}
