import { errorText, StackError } from '../errors';
import { logTail } from './log-tail';
import { readPidFile, removePidFile, writePidFile } from './pid-file';
import { claimPort, isPortFreeSoon, isPortOpen, releasePort } from './ports';
import { adoptProcess, spawnProcess, type Running } from './running';
import { until } from '../until';

/** Long enough for mongod to replay its journal after a crash, on a slow and busy machine. */
const LISTEN_TIMEOUT_MS = 300_000;
/** For the system to clean up after a kill -9. */
const KILL_TIMEOUT_MS = 60_000;

export interface ProgramOptions {
  /** As messages call it: "mongod 2", "metering". */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment; that of this process by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** Receives stdout and stderr; appended to. */
  readonly logFile: string;
  /** Says which process it is while it runs. One that runs already is taken over instead of starting another. */
  readonly pidFile: string;
  /** Whatever a running program must have been started with to be taken over; with another it is stopped first. */
  readonly identity?: string;
  readonly port: number;
  /** Resolves when the program, which accepts connections, really answers; throws when it never will. */
  readonly ready: (program: Program) => Promise<void>;
  /** How long the program may take to stop. */
  readonly stopTimeoutMs: number;
  /** The program outlives this process. By default it dies with it. */
  readonly detached?: boolean;
}

/** One process on one port, which can be killed and started again with the same arguments. */
export class Program {
  readonly name: string;
  readonly port: number;
  readonly logFile: string;
  readonly #options: ProgramOptions;
  #process: Running | undefined;
  #startedHere = false;

  constructor(options: ProgramOptions) {
    this.name = options.name;
    this.port = options.port;
    this.logFile = options.logFile;
    this.#options = options;
  }

  /** The process id while it runs. */
  get pid(): number | undefined {
    return this.running ? this.#process?.pid : undefined;
  }

  get running(): boolean {
    return this.#process?.isRunning() ?? false;
  }

  /** False while it is one that another process started, or none. */
  get startedHere(): boolean {
    return this.#startedHere;
  }

  /**
   * Starts the process, or takes over the one that runs, and resolves when `ready` does (by default that of the
   * options). Throws StackError when the port is another's, or, with the end of its log, when it exits before. Whatever
   * fails, no process is left that was started here.
   */
  async start(ready = this.#options.ready): Promise<void> {
    if (this.running) return;
    if (await this.#adopt()) return ready(this);
    try {
      await this.#startOwn(ready);
    } finally {
      releasePort(this.port);
    }
  }

  async #startOwn(ready: (program: Program) => Promise<void>): Promise<void> {
    if (!claimPort(this.port) || !(await isPortFreeSoon(this.port))) {
      throw new StackError(
        `${this.name} cannot listen on port ${this.port} of 127.0.0.1: another program does.`,
        'End that program, or give another port.',
      );
    }
    await this.#spawn();
    try {
      await until(() => isPortOpen(this.port), {
        what: `${this.name} to listen on port ${this.port}`,
        timeoutMs: LISTEN_TIMEOUT_MS,
        hopeless: this.hopeless,
        remedy: `See its log, ${this.logFile}.`,
      });
      await ready(this);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** Why waiting for an answer is pointless: the process is gone. Undefined while it runs. */
  readonly hopeless = (): string | undefined =>
    this.running
      ? undefined
      : `${this.name} ended (${this.#process?.ending() ?? 'never started'}). ${this.#logEnd()}`;

  /** kill -9, as a crash would; sent before this returns. Resolves when the process is gone. */
  async kill(): Promise<void> {
    if (!this.#process) return;
    this.#process.signal('SIGKILL');
    if (!(await this.#process.waitForEnd(KILL_TIMEOUT_MS))) {
      throw new StackError(`${this.name} (${this.pid}) survives kill -9.`, 'Is its disk gone?');
    }
    removePidFile(this.#options.pidFile);
  }

  /** SIGTERM, then waits. Throws StackError, after a kill -9, when the process does not end in time. */
  async stop(): Promise<void> {
    if (!this.#process) return;
    this.#process.signal('SIGTERM');
    if (!(await this.#process.waitForEnd(this.#options.stopTimeoutMs))) {
      await this.kill();
      throw new StackError(
        `${this.name} did not stop within ${this.#options.stopTimeoutMs} ms of SIGTERM and was killed. ${this.#logEnd()}`,
        'Whatever holds it up is a defect of that program: see its log.',
      );
    }
    removePidFile(this.#options.pidFile);
  }

  /** Starts the program again on the same data and port, after stopping it if it still runs. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async #adopt(): Promise<boolean> {
    const record = readPidFile(this.#options.pidFile);
    if (!record) return false;
    this.#process = adoptProcess(record);
    this.#startedHere = false;
    if (record.port === this.port && record.identity === this.#identity) return true;
    await this.stop();
    return false;
  }

  async #spawn(): Promise<void> {
    const { command, args, env, logFile, pidFile, detached = false } = this.#options;
    try {
      this.#process = await spawnProcess({ command, args, env, logFile, detached });
    } catch (cause) {
      throw new StackError(
        `${this.name} cannot be run: ${errorText(cause)}.`,
        `Is ${command} a program for this machine?`,
        { cause },
      );
    }
    this.#startedHere = true;
    const { pid } = this.#process;
    writePidFile(pidFile, {
      ...{ pid, name: this.name, port: this.port, args },
      identity: this.#identity,
    });
  }

  get #identity(): string {
    return this.#options.identity ?? '';
  }

  #logEnd(): string {
    return `Its log, ${this.logFile}, ends with:\n${logTail(this.logFile)}`;
  }
}
