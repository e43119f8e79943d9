import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Makes the file, which says that this process holds what it stands for, and returns whether it was made now. The
 * file of a process that is gone does not count: it is removed, and the next try may make it. Throws when files
 * cannot be made there.
 */
export function tryLock(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  const pid = lockHolder(file);
  if (pid !== undefined && !isAlive(pid)) rmSync(file, { force: true });
  return false;
}

/** The process that holds it. Undefined when the file is gone, or made but not written yet. */
export function lockHolder(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process exists, too.
    return hasCode(error, 'EPERM');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
