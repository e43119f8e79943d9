import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Platform } from '@billingrails/stack';
import { callJson } from './json-call';

/** What a run of the command line printed, and ended with. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a script has it: a key, the gateway's address, that of ingest by itself, and no terminal. */
export class CommandLine {
  constructor(
    private readonly program: string,
    private readonly urls: Platform['httpUrls'],
    private readonly key: string,
    private readonly configFolder: string,
  ) {}

  run(...words: string[]): Promise<Ran> {
    const env = this.#env;
    return new Promise((done) => {
      const args = [this.program, ...words];
      execFile(process.execPath, args, { env }, (error, stdout, stderr) => {
        done({ exitCode: Number(error?.code ?? 0), stdout, stderr });
      });
    });
  }

  /** What a command answers as JSON; throws where it does not end well. */
  async json<T>(...words: string[]): Promise<T> {
    const { exitCode, stdout, stderr } = await this.run(...words, '--json');
    if (exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${exitCode}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  /** A run that goes on. */
  start(...words: string[]): ChildProcess {
    return spawn(process.execPath, [this.program, ...words], { env: this.#env, stdio: 'ignore' });
  }

  get #env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env['PATH'],
      XDG_CONFIG_HOME: this.configFolder,
      BILLINGRAILS_KEY: this.key,
      BILLINGRAILS_URL: this.urls.gateway,
      BILLINGRAILS_SERVICE_URLS: `ingest=${this.urls.ingest}`,
    };
  }
}

/** Stands before ingest and passes so many calls on; what comes then is never answered. */
export class StallingProxy {
  stalled = 0;
  #passed = 0;
  readonly #server: Server;

  constructor(ingestUrl: string, calls: number) {
    this.#server = createServer((request, response) => {
      if (this.#passed >= calls) {
        this.stalled += 1;
        return;
      }
      this.#passed += 1;
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const key = request.headers.authorization?.replace('Bearer ', '') ?? '';
        const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as object;
        void callJson(`${ingestUrl}${request.url}`, key, body).then(({ text }) => {
          response.setHeader('content-type', 'application/json');
          response.end(text);
        });
      });
    });
  }

  listen(): Promise<string> {
    return new Promise((done) => {
      this.#server.listen(0, '127.0.0.1', () => {
        done(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
      });
    });
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
