import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { bundled, waitFor, type TestServers } from '@billingrails/testing';

const [main] = bundled('src/main.ts');

/** Ingest as it is run: a process of its own, its settings from the environment. */
export class IngestProcess {
  readonly lines: string[] = [];
  readonly #ended: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    this.#ended = once(child, 'exit');
    for (const output of [child.stdout, child.stderr])
      if (output) createInterface(output).on('line', (line) => this.lines.push(line));
  }

  /** Starts it on a free port; it may yet refuse to serve. */
  static spawn(env: Record<string, string>): IngestProcess {
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'info', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const endWithUs = () => child.kill('SIGKILL');
    process.once('exit', endWithUs);
    child.once('exit', () => process.off('exit', endWithUs));
    return new IngestProcess(child);
  }

  /** Starts it on these servers and waits until it serves. */
  static async serving(
    servers: TestServers,
    env: Record<string, string> = {},
  ): Promise<IngestProcess> {
    const { natsUrl: NATS_URL, natsMonitorUrl: NATS_MONITOR_URL } = servers;
    const ingest = IngestProcess.spawn({ NATS_URL, NATS_MONITOR_URL, ...env });
    await waitFor(() => ingest.address !== '' || ingest.exitCode !== null, {
      what: 'ingest to listen',
    });
    if (ingest.address === '') throw new Error(`ingest ended:\n${ingest.lines.join('\n')}`);
    return ingest;
  }

  /** Where it serves; empty until it does. */
  get address(): string {
    const line = this.lines.find((text) => text.includes('"msg":"listening"')) ?? '';
    return /"address":"([^"]+)"/.exec(line)?.[1] ?? '';
  }

  get exitCode(): number | null {
    return this.child.exitCode;
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#ended;
  }

  /** SIGTERM, then waits for its end. */
  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.#ended;
  }

  /** Waits until it ends by itself. */
  async end(): Promise<number | null> {
    await this.#ended;
    return this.exitCode;
  }
}
