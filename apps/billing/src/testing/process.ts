import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { bundled } from '@billingrails/testing';

/** Billing as operators start it: a process of its own. */
export interface BillingProcess {
  readonly port: number;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
  /** Asks it to end, and tells its exit code. */
  end(): Promise<number | null>;
}

const [main] = bundled('src/main.ts');

const running = new Set<ChildProcess>();

/** Ends what a failed test left behind. */
export function killBillingProcesses(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Starts main.ts on a free port with these settings, and waits until it listens. */
export async function startBillingProcess(
  settings: Record<string, string>,
): Promise<BillingProcess> {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const exited = new Promise<number | null>((resolve) =>
    child.once('exit', (code) => resolve(code)),
  );
  const gone = exited.then((code) => {
    throw new Error(`Billing ended with ${code} before it listened.`);
  });
  const port = await Promise.race([portOf(child), gone]);
  gone.catch(() => undefined);
  const signal = (name: NodeJS.Signals): Promise<number | null> => {
    child.kill(name);
    return exited;
  };
  return {
    port,
    kill: async () => {
      await signal('SIGKILL');
    },
    end: () => signal('SIGTERM'),
  };
}

/** The port of the line that says where it listens. All lines are read, or the pipe would fill up. */
function portOf({ stdout }: ChildProcess): Promise<number> {
  if (stdout === null) throw new Error('The output of billing is not a pipe.');
  const lines = createInterface({ input: stdout });
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const address = /"address":"http:\/\/[^"]+:(\d+)"/.exec(line)?.[1];
      if (address !== undefined) resolve(Number(address));
    });
  });
}
