import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../../..');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The source files that pages name by their path from the root. */
const named = pages.flatMap((page) =>
  [
    ...readFileSync(join(root, page), 'utf8').matchAll(/`((?:apps|libs|tools)\/[\w./-]+\.ts)`/g),
  ].map(([, file = '']) => ({ page, file })),
);

test('every source file that a page names by its path is there', () => {
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ file }) => !existsSync(join(root, file)))).toEqual([]);
});
