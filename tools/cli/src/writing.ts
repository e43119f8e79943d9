import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { CliError } from './exit-codes';

/** Does something that writes a file. Throws CliError that says which cannot be written, why, and what to do. */
export function writing<T>(file: string, remedy: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new CliError(`${file} cannot be written: ${(error as Error).message}.`, remedy);
  }
}

/**
 * Replaces a file as a whole: however this ends, it is never half written, and it has the mode from its first byte on.
 * What the file is made of first is this process's own, so that another one that does the same is not in its way.
 */
export function replaceFile(file: string, content: string, mode = 0o666): void {
  const fresh = freshOf(file);
  // One that a killed process of the same number left has a mode of its own.
  rmSync(fresh, { force: true });
  writeFileSync(fresh, content, { mode });
  renameSync(fresh, file);
}

/** Throws, as `replaceFile` would; changes nothing. */
export function assertReplaceable(file: string): void {
  if (existsSync(file) && statSync(file).isDirectory()) throw new Error('it is a folder');
  writeFileSync(freshOf(file), '');
  rmSync(freshOf(file));
}

const freshOf = (file: string): string => `${file}.${process.pid}`;
