import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeProgram } from '../program';
import { END_STREAM, envelope, HEAD_BYTES } from '../rpc/envelopes';
import type { JsonObject } from '../rpc/connection';
import { run } from '../run';

/** Answers a call of a method such as "EventService/IngestEvents". */
export type Answer = (method: string, request: JsonObject, response: ServerResponse) => void;

/**
 * Something that answers as a platform would, and the commands that are run against it in this process: with a folder
 * of their own, a key, and neither a terminal nor anything else of the environment.
 */
export class FakePlatform {
  readonly folder = mkdtempSync(join(tmpdir(), 'billingrails-cli-'));
  /** What the commands wrote to stderr, and to stdout. */
  told = '';
  printed = '';
  #url = '';
  readonly #env = process.env;
  readonly #server: Server;

  constructor(answer: Answer) {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const [, service = '', method = ''] = (request.url ?? '').split('/');
        const body = Buffer.concat(chunks);
        const streams = request.headers['content-type'] === 'application/connect+json';
        const json = body.toString('utf8', streams ? HEAD_BYTES : 0);
        const name = `${service.split('.').pop()}/${method}`;
        answer(name, JSON.parse(json) as JsonObject, response);
      });
    });
  }

  async start(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    process.env = {
      PATH: this.#env['PATH'],
      NO_COLOR: '1',
      XDG_CONFIG_HOME: this.folder,
      BILLINGRAILS_KEY: 'k',
    };
    const taking = (take: (text: string) => void) => (text: string | Uint8Array) => {
      take(Buffer.from(text).toString('utf8'));
      return true;
    };
    const told = taking((text) => (this.told += text));
    const printed = taking((text) => (this.printed += text));
    jest.spyOn(process.stderr, 'write').mockImplementation(told);
    jest.spyOn(process.stdout, 'write').mockImplementation(printed);
  }

  stop(): void {
    jest.restoreAllMocks();
    process.env = this.#env;
    process.exitCode = undefined;
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.folder, { recursive: true });
  }

  /** Runs a command, and resolves with what it ends with. */
  run(...words: string[]): Promise<number> {
    return run(makeProgram('1.2.3'), [...words, '--url', this.#url]);
  }
}

/** Begins to answer with a stream. */
export function beginStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/connect+json' });
}

/** A message of a stream. */
export function sendMessage(response: ServerResponse, message: object): void {
  response.write(envelope(JSON.stringify(message)));
}

/** The end of a stream, which is an error where there is one. */
export function endStream(response: ServerResponse, error?: object): void {
  const end = envelope(JSON.stringify(error === undefined ? {} : { error }));
  end.writeUInt8(END_STREAM, 0);
  response.end(end);
}
