import { spawnSync } from 'node:child_process';

/**
 * The record of breaks that were agreed on: the contracts must stay compatible with the commit that last changed it.
 */
const RECORD = 'proto/BREAKING.md';

/**
 * That commit, in the checkout `root`. Undefined where the history does not reach back to it, as in a clone of depth
 * one.
 */
export function baselineOf(root: string): string | undefined {
  const { status, stdout } = spawnSync('git', ['log', '-1', '--format=%H', '--', RECORD], {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 && stdout !== '' ? stdout.trim() : undefined;
}
