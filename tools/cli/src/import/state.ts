import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

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

const OWNER_WRITES = 0o200;

/** Beside the file; where that folder is not to be written to, among the user's own state (XDG). */
export function stateFileOf(file: string, hash: string, env: NodeJS.ProcessEnv): string {
  const isWritable = (statSync(dirname(file)).mode & OWNER_WRITES) !== 0;
  if (isWritable) return `${file}.import-state`;
  const base = env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  return join(base, 'billingrails', 'imports', `${hash.slice(0, 32)}.import-state`);
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

/** Replaces the file as a whole: it is never half written. */
export function writeState(stateFile: string, state: ImportState): void {
  mkdirSync(dirname(stateFile), { recursive: true });
  writeFileSync(`${stateFile}.new`, `${JSON.stringify(state)}\n`);
  renameSync(`${stateFile}.new`, stateFile);
}

export function removeState(stateFile: string): void {
  rmSync(stateFile, { force: true });
}
