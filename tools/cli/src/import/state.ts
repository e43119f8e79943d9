import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { assertReplaceable, replaceFile, writing } from '../writing';

/** How far an import got: a later one goes on there. */
export interface ImportState {
  /** Of the file's content and of how its lines become events. */
  readonly fingerprint: string;
  /** Records from the beginning that are done: acknowledged or refused. */
  readonly records: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** When the first run began: the time of records that have none, RFC 3339. */
  readonly startTime: string;
}

/** Beside the file; where that folder is not to be written to, among the user's own state (XDG). */
export function stateFileOf(file: string, hash: string, env: NodeJS.ProcessEnv): string {
  if (isWritable(dirname(file))) return `${file}.import-state`;
  const base = env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  return join(base, 'billingrails', 'imports', `${hash.slice(0, 32)}.import-state`);
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Undefined where nothing is kept, or what is kept is of another content or mapping. */
export function readState(stateFile: string, fingerprint: string): ImportState | undefined {
  if (!existsSync(stateFile)) return undefined;
  try {
    const state = JSON.parse(readFileSync(stateFile, 'utf8')) as ImportState;
    return state.fingerprint === fingerprint ? state : undefined;
  } catch {
    // Whatever lies there, keys count once.
    return undefined;
  }
}

/** Replaces the file as a whole: it is never half written. Throws CliError where it cannot be. */
export function writeState(stateFile: string, state: ImportState): void {
  writing(stateFile, REMEDY, () => replaceFile(stateFile, `${JSON.stringify(state)}\n`));
}

/** Throws CliError where a state could not be written; what is kept there stays. */
export function assertStateWritable(stateFile: string): void {
  writing(stateFile, REMEDY, () => {
    mkdirSync(dirname(stateFile), { recursive: true });
    assertReplaceable(stateFile);
  });
}

const REMEDY = 'Name another place: --state FILE.';

export function removeState(stateFile: string): void {
  rmSync(stateFile, { force: true });
}
