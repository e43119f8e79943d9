import type { ServerName } from './builds';

/** What each server must be at least, as messages say it. */
export const VERSIONS_NEEDED: Readonly<Record<ServerName, string>> = {
  mongod: '6.0 or newer',
  // Earlier ones can lose acknowledged messages in a crash, even with an fsync for each.
  'nats-server': '2.14.9 or newer, on the 2.15 line 2.15.1 or newer',
};

/** The first version in what a server prints for --version; undefined when there is none. */
export function parseVersion(output: string): string | undefined {
  return /\bv?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)/.exec(output)?.[1];
}

/** Whether the platform can rely on this version. A pre-release counts as the version before. */
export function isVersionUsable(server: ServerName, version: string): boolean {
  if (server === 'mongod') return isAtLeast(version, [6, 0, 0]);
  return isAtLeast(version, version.startsWith('2.15.') ? [2, 15, 1] : [2, 14, 9]);
}

function isAtLeast(version: string, needed: readonly number[]): boolean {
  const [numbers = '', ...preRelease] = version.split('-');
  const parts = numbers.split('.').map(Number);
  for (const [index, least] of needed.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return preRelease.length === 0;
}
