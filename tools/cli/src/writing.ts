import { CliError } from './exit-codes';

/** Does something that writes a file. Throws CliError that says which cannot be written, why, and what to do. */
export function writing<T>(file: string, remedy: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new CliError(`${file} cannot be written: ${(error as Error).message}.`, remedy);
  }
}
