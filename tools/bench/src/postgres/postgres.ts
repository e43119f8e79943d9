import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeTemporaryFolder, removeTemporaryFolder } from '@billingrails/servers';
import { waitFor } from '@billingrails/testing';
import { progress } from '../progress';
import { findPostgres, userOfPostgres } from './find';
import { CHECK, SCHEMA, SOURCE, STATEMENT } from './rollup';

const run = promisify(execFile);
const EVENTS_IN_BATCH = 100;
const CONNECTIONS = 16;

/** A PostgreSQL of its own, with the hand-rolled metering of `rollup.ts`. */
export class Postgres {
  private constructor(
    private readonly programs: string,
    private readonly folder: string,
    private readonly user: { uid: number; gid: number } | undefined,
    private readonly server: ChildProcess,
  ) {}

  /** Starts it, synced writes and all; undefined when this machine has none. */
  static async start(cacheGib: number): Promise<Postgres | undefined> {
    const programs = findPostgres();
    if (programs === undefined) {
      progress('PostgreSQL is not installed here: its baseline is not measured');
      return undefined;
    }
    progress('starting PostgreSQL, for the baseline');
    const user = userOfPostgres();
    const folder = makeTemporaryFolder();
    if (user) chownSync(folder, user.uid, user.gid);
    const data = join(folder, 'data');
    execFileSync(
      join(programs, 'initdb'),
      ['--no-sync', '--auth=trust', '--username=postgres', '-D', data],
      {
        ...user,
        cwd: folder,
        stdio: 'ignore',
      },
    );
    // Reached by a socket in its own folder, and by nothing else.
    const settings = ['listen_addresses=', `unix_socket_directories=${folder}`].concat(
      `shared_buffers=${cacheGib}GB`,
      'max_wal_size=8GB',
    );
    const server = spawn(
      join(programs, 'postgres'),
      ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
      { ...user, cwd: folder, stdio: 'ignore' },
    );
    process.once('exit', () => server.kill('SIGKILL'));
    const postgres = new Postgres(programs, folder, user, server);
    await waitFor(() => postgres.#sql('SELECT 1'), {
      ...{ what: 'PostgreSQL to answer', timeoutMs: 60_000, intervalMs: 100 },
    });
    await postgres.#sql(SCHEMA);
    await postgres.#sql(SOURCE);
    writeFileSync(join(folder, 'batch.sql'), STATEMENT, { mode: 0o644 });
    return postgres;
  }

  /** As "15.14". */
  async version(): Promise<string> {
    return (await this.#sql('SHOW server_version')).split(' ')[0] ?? '';
  }

  /** Events a second that 16 connections store and sum, batches of 100, for so long. */
  async measure(seconds: number): Promise<number> {
    const { stdout } = await run(
      join(this.programs, 'pgbench'),
      [
        ...[
          '--no-vacuum',
          '--protocol',
          'prepared',
          '--client',
          String(CONNECTIONS),
          '--jobs',
          '2',
        ],
        ...['--time', String(seconds), '--file', join(this.folder, 'batch.sql')],
        ...this.#connection(),
      ],
      { ...this.user, cwd: this.folder },
    );
    const rate = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
    const [stored, summed] = (await this.#sql(CHECK)).trim().split(' ');
    if (!rate || !stored || stored !== summed) {
      throw new Error(`PostgreSQL stored ${stored} events and summed ${summed}. ${stdout}`);
    }
    return rate * EVENTS_IN_BATCH;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.server.once('exit', resolve));
    this.server.kill('SIGQUIT');
    await ended;
    removeTemporaryFolder(this.folder);
  }

  async #sql(text: string): Promise<string> {
    const { stdout } = await run(
      join(this.programs, 'psql'),
      ['--no-psqlrc', '--tuples-only', '--no-align', '-v', 'ON_ERROR_STOP=1', '-c', text].concat(
        this.#connection(),
      ),
      { ...this.user, cwd: this.folder },
    );
    return stdout;
  }

  #connection(): string[] {
    return ['--host', this.folder, '--username', 'postgres', 'postgres'];
  }
}
