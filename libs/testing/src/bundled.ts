import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { makeTemporaryFolder } from '@billingrails/servers';

/** From a project's folder, in which its tests run. */
const BUNDLE = '../../tools/bundle.mjs';

/**
 * Programs to be run as processes of their own, each as one file of JavaScript, bundled anew as the build does it: it
 * starts with a quarter of the work of its source, and a test may start it often. `entries` are files of TypeScript,
 * seen from the current folder, such as `src/main.ts`; the answers are paths, in their order. They go when this process
 * does.
 */
export function bundled<Entries extends readonly string[]>(
  ...entries: Entries
): { [Index in keyof Entries]: string } {
  const folder = makeTemporaryFolder();
  const { status, stderr } = spawnSync(process.execPath, [BUNDLE, folder, ...entries], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${entries.join(', ')} cannot be bundled: ${stderr}`);
  const files = entries.map((_, index) => join(folder, `${index}.mjs`));
  return files as { [Index in keyof Entries]: string };
}
