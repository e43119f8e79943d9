import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StackError } from '@billingrails/servers';

/**
 * The root folder of the checkout that `from` (by default the current folder) lies in. Throws StackError outside one.
 */
export function checkoutFolder(from: string = process.cwd()): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'nx.json'))) return folder;
    if (folder === dirname(folder)) {
      throw new StackError(`${from} lies in no checkout of billingrails.`, 'Go into one first.');
    }
  }
}

/** Where the stack keeps its data unless told otherwise. */
export const defaultDataFolder = (): string => join(checkoutFolder(), '.data', 'stack');
