import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RefusedFile } from './refused-file';

const folder = mkdtempSync(join(tmpdir(), 'billingrails-refused-'));
afterAll(() => rmSync(folder, { recursive: true }));

const refusal = (line: number) => ({ line, field: 'units', problem: 'is no number' });
const written = (file: string, line: number) => JSON.stringify({ file, ...refusal(line) });

test('refused lines of what goes on are kept and not written twice, all others are of this run', () => {
  const file = join(folder, 'refused.ndjson');
  const before = [written('done.csv', 2), written('half.csv', 3), '{"file": "half.csv", "li'];
  writeFileSync(file, before.join('\n'));
  const refused = new RefusedFile(file, new Set(['half.csv']));
  refused.add('half.csv', refusal(3));
  refused.add('half.csv', refusal(4));
  refused.add('done.csv', refusal(2));
  expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toEqual([
    written('half.csv', 3),
    written('half.csv', 4),
    written('done.csv', 2),
  ]);
});
