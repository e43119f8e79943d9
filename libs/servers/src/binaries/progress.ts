import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Takes one line that tells a waiting person what goes on. */
export type Report = (line: string) => void;

const SHOW_EVERY_MS = 2_000;
const MIB = 1024 * 1024;

/** Reports how much lies in a folder, every two seconds, until the returned function is called. */
export function showGrowth(
  what: string,
  folder: string,
  expectedMib: number | undefined,
  report: Report,
): () => void {
  const expected = expectedMib === undefined ? '' : ` of ${expectedMib}`;
  report(expectedMib === undefined ? `${what} …` : `${what} (${expectedMib} MiB) …`);
  const timer = setInterval(() => {
    report(`${what}: ${Math.round(folderBytes(folder) / MIB)}${expected} MiB`);
  }, SHOW_EVERY_MS);
  return () => clearInterval(timer);
}

function folderBytes(folder: string): number {
  let bytes = 0;
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    // Files come and go while they are counted.
    bytes += statSync(join(folder, path), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}
