import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StackError, type NatsPorts } from '@billingrails/servers';

/** What must stay the same from one run on a data folder to the next, or is better the same. */
export interface StackState {
  /** Of each server; the data is laid out for it. */
  readonly nodes: number;
  readonly mongo?: readonly number[];
  readonly nats?: readonly NatsPorts[];
}

const file = (dataDir: string) => join(dataDir, 'stack.json');

/** The state left in a data folder; undefined in a new one. Throws StackError when it cannot be read. */
export function readState(dataDir: string): StackState | undefined {
  let text: string;
  try {
    text = readFileSync(file(dataDir), 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as StackState;
  } catch (cause) {
    throw new StackError(
      `${file(dataDir)} is not JSON.`,
      `Someone changed it: delete it and try again, or take another folder with --data.`,
      { cause },
    );
  }
}

/** Whole or not at all, whatever dies meanwhile. */
export function writeState(dataDir: string, state: StackState): void {
  mkdirSync(dataDir, { recursive: true });
  const temporary = `${file(dataDir)}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(temporary, file(dataDir));
}
