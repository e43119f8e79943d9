import { spawnSync } from 'node:child_process';

/**
 * The commit that the contracts in `root` must stay compatible with: where this branch left main, or, on main itself,
 * the commit before. Undefined where there is none, as in a clone of depth one.
 */
export function baselineOf(root: string): string | undefined {
  const head = git(root, 'rev-parse', 'HEAD');
  const fork =
    git(root, 'merge-base', 'origin/main', 'HEAD') ?? git(root, 'merge-base', 'main', 'HEAD');
  if (fork && fork !== head) return fork;
  return git(root, 'rev-parse', '--verify', '--quiet', 'HEAD~1');
}

function git(root: string, ...args: string[]): string | undefined {
  const result = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : undefined;
}
