import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/**
 * Where downloaded servers are kept, outside any checkout: XDG_CACHE_HOME where it is set, otherwise the place that the
 * system has for caches.
 */
export function cacheFolder(env: NodeJS.ProcessEnv, platform = process.platform): string {
  const home = env['HOME'] ?? env['USERPROFILE'] ?? homedir();
  if (env['XDG_CACHE_HOME']) return join(env['XDG_CACHE_HOME'], 'billingrails');
  if (platform === 'win32') {
    return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'billingrails');
  }
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'billingrails');
  return join(home, '.cache', 'billingrails');
}

/**
 * Puts a program into the cache, whole or not at all: `fetch` works in a temporary folder beside it and returns the
 * program it got. When another process was faster, its program stays.
 */
export async function fillCache(
  target: string,
  fetch: (temporary: string) => Promise<string>,
): Promise<void> {
  const folder = dirname(target);
  mkdirSync(dirname(folder), { recursive: true });
  const temporary = mkdtempSync(join(dirname(folder), '.tmp-'));
  try {
    const kept = join(temporary, 'kept');
    mkdirSync(kept);
    renameSync(await fetch(temporary), join(kept, basename(target)));
    try {
      renameSync(kept, folder);
    } catch (error) {
      if (!existsSync(target)) throw error;
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
