import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { StackError } from '@billingrails/stack';
import type { Step } from '../languages';

/** A program of the suite, which is spoken to line by line. */
export interface Program {
  readonly say: (line: string) => void;
  /** Its next line. Throws StackError, with what stands on its stderr, when it is not `expected`, or none comes. */
  readonly hear: (expected?: string) => Promise<string>;
  /** Kills it where it still runs. */
  readonly end: () => void;
}

/** How long a program may take between two lines. */
const PATIENCE_MS = 300_000;

export function startProgram({ command, env }: Step, cwd: string): Program {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  child.on('error', (error) => (complaints += error.message));
  // Whoever ended can be told nothing; hear() says why it ended.
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((done) => child.on('close', () => done()));
  return {
    say: (line) => void child.stdin.write(`${line}\n`),
    hear: async (expected) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      const { value, done } = await lines.next().finally(() => clearTimeout(timer));
      if (!done && (expected === undefined || value === expected)) return value;
      child.kill('SIGKILL');
      await ended;
      throw new StackError(
        `${command.join(' ')} in ${cwd} said ${done ? 'nothing' : value} instead of ${expected ?? 'what it found'}.`,
        complaints.slice(-8_000),
      );
    },
    end: () => void child.kill('SIGKILL'),
  };
}
