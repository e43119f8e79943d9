import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A service as it really runs: `main.ts` as it is built, alone in its process, on a free port. */
export class ServiceProcess {
  /** What it wrote, standard output and error together. */
  readonly lines: string[] = [];
  /** As a URL; empty until it serves. */
  address = '';
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ended: Promise<unknown>;

  /** `main` is its bundle, and `env` all that it is told. */
  constructor(main: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [main], {
      env: { PATH: process.env['PATH'], PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.#child, 'close');
    const endWithUs = (): void => this.kill();
    process.once('exit', endWithUs);
    this.#child.once('close', () => process.off('exit', endWithUs));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface(stream).on('line', (line) => this.#read(line));
    }
  }

  /** Its exit code, when it has ended. */
  async end(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  /** Tells it to end, and gives its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.end();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #read(line: string): void {
    this.lines.push(line);
    this.address ||= /"address":"([^"]+)".*"listening"/.exec(line)?.[1] ?? '';
  }
}
