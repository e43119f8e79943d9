import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardFolder, releaseFolder } from './processes/guardian';

/** Makes a folder for temporary data, which is removed by `removeTemporaryFolder` or when this process dies. */
export function makeTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'billingrails-'));
  guardFolder(folder);
  return folder;
}

/** Removes it with all that is in it. On Windows a file may stay in use for a moment after its program ended. */
export function removeTemporaryFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  releaseFolder(folder);
}
