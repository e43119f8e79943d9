import { spawn } from 'node:child_process';

export interface RunResult {
  /** Undefined when the program could not be started, as when it does not exist. */
  readonly status: number | undefined;
  /** stdout and stderr, as they came. */
  readonly output: string;
}

/** Runs a program to its end and returns how that was; never throws. */
export function run(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: options.env ?? process.env,
      timeout: options.timeoutMs,
      windowsHide: true,
    });
    let output = '';
    const add = (chunk: Buffer) => (output += chunk.toString('utf8'));
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.once('error', (error) => resolve({ status: undefined, output: error.message }));
    child.once('close', (status, signal) =>
      resolve({ status: status ?? 1, output: signal ? `${output}\nended by ${signal}` : output }),
    );
  });
}
