import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock, until } from '@billingrails/servers';

/** Longer than any start takes, downloads included. */
const LOCK_TIMEOUT_MS = 600_000;

/**
 * Runs `body` while no other process works on the same data folder: the second of two starts finds what the first one
 * started. The lock of a process that is gone does not count.
 */
export async function withLock<T>(dataDir: string, body: () => Promise<T>): Promise<T> {
  const file = join(dataDir, 'lock');
  mkdirSync(dataDir, { recursive: true });
  await until(async () => tryLock(file), {
    what: `another process to finish starting the stack in ${dataDir}`,
    timeoutMs: LOCK_TIMEOUT_MS,
    intervalMs: 100,
    remedy: `If none does, delete ${file}.`,
  });
  try {
    return await body();
  } finally {
    rmSync(file, { force: true });
  }
}
