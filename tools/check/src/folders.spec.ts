import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const root = resolve(__dirname, '../../..');
const SOURCE_FILES_MAX = 15;

/** Written by hand; a spec lies beside what it tests, and does not count. */
function isCounted(path: string): boolean {
  return (
    /\.(ts|tsx|mjs|cjs)$/.test(path) &&
    !path.endsWith('.spec.ts') &&
    !/(^|\/)(node_modules|gen|dist)\//.test(path)
  );
}

test(`no folder has more than ${SOURCE_FILES_MAX} source files, specs aside`, () => {
  const counts = new Map<string, number>();
  for (const top of ['apps', 'libs', 'tools']) {
    for (const name of readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })) {
      if (!isCounted(name)) continue;
      const folder = dirname(join(top, name));
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
  }
  expect(counts.size).toBeGreaterThan(100);
  const crowded = [...counts].filter(([, files]) => files > SOURCE_FILES_MAX);
  expect(crowded.map(([folder, files]) => `${folder}: ${files}`)).toEqual([]);
});
