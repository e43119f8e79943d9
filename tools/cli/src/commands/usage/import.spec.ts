import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../exit-codes';
import { makeProgram } from '../../program';
import type { JsonObject } from '../../rpc/connection';
import { run } from '../../run';

/** An ingest that keeps events by their keys, refuses those of fewer than 0 units, and may be made to fail. */
class FakeIngest {
  readonly kept = new Map<string, JsonObject>();
  calls = 0;
  /** Answers in place of it, once. */
  instead: ((response: ServerResponse) => void) | undefined;
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => this.#take(Buffer.concat(chunks).toString('utf8'), response));
  });

  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #take(body: string, response: ServerResponse): void {
    this.calls += 1;
    const { events } = JSON.parse(body) as { events: JsonObject[] };
    const wrong = events.flatMap(({ properties }, index) =>
      Number((properties as JsonObject)['units']) < 0 ? [index] : [],
    );
    const field_violations = wrong.map((index) => ({
      field: `events[${index}].properties.units`,
      description: 'must not be below 0',
    }));
    if (wrong.length === 0) {
      for (const event of events) this.kept.set(String(event['idempotency_key']), event);
    }
    const { instead } = this;
    this.instead = undefined;
    if (instead !== undefined) return instead(response);
    response.statusCode = wrong.length === 0 ? 200 : 400;
    const details = [{ type: 'google.rpc.BadRequest', debug: { field_violations } }];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(wrong.length === 0 ? {} : { code: 'invalid_argument', details }));
  }
}

const { env } = process;
let folder: string;
let ingest: FakeIngest;
let url: string;
let told: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'billingrails-import-'));
  process.env = {
    PATH: env['PATH'],
    NO_COLOR: '1',
    XDG_CONFIG_HOME: folder,
    BILLINGRAILS_KEY: 'k',
  };
  ingest = new FakeIngest();
  url = await ingest.listen();
  told = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += String(text);
    return true;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = env;
  process.exitCode = undefined;
  ingest.close();
  rmSync(folder, { recursive: true });
});

function fileOf(name: string, ...units: number[]): string {
  const file = join(folder, name);
  writeFileSync(file, ['units', ...units, ''].join('\n'));
  return file;
}

const importing = (...words: string[]) =>
  run(makeProgram('1.2.3'), ['events', 'import', ...words, '--url', url]);

function refusedIn(file: string): string[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const { file: name, line: place } = JSON.parse(line) as { file: string; line: number };
    return `${name.slice(folder.length + 1)}:${place}`;
  });
}

test('--refused has the refused lines of all files of a run', async () => {
  const files = [fileOf('a.csv', -1, 2), fileOf('b.csv', 3, -4), fileOf('c.csv', -5)];
  const refused = join(folder, 'refused.ndjson');
  expect(await importing(...files, '--refused', refused)).toBe(EXIT.linesRefused);
  expect(refusedIn(refused)).toEqual(['a.csv:2', 'b.csv:3', 'c.csv:2']);
  expect(await importing(files[1] ?? '', '--refused', refused)).toBe(EXIT.linesRefused);
  expect(refusedIn(refused)).toEqual(['b.csv:3']);
});

test.each([
  ['--refused', 'into a folder that is none', 'none/refused'],
  ['--state', 'into a file as if it were a folder', 'a.csv/state'],
  ['--state', 'where a folder is', 'folder'],
])('%s %s is told before anything is sent', async (option, _what, place) => {
  const file = fileOf('a.csv', 1);
  mkdirSync(join(folder, 'folder'));
  const before = readdirSync(folder);
  expect(await importing(file, option, join(folder, place))).toBe(EXIT.usage);
  expect(told).toContain(`${join(folder, place)} cannot be written: `);
  expect(told).toContain(`Name another place: ${option} FILE.`);
  expect([ingest.calls, readdirSync(folder)]).toEqual([0, before]);
});

test('a file that cannot be read is told before anything of the others is sent', async () => {
  expect(await importing(fileOf('a.csv', 1), join(folder, 'b.csv'))).toBe(EXIT.usage);
  expect([ingest.calls, told]).toEqual([0, expect.stringContaining('b.csv cannot be read')]);
});

test('a connection that is lost in the middle of an answer is tried again with the same keys', async () => {
  ingest.instead = (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
    response.write('{"events": [', () => response.destroy());
  };
  expect(await importing(fileOf('a.csv', 1, 2, 3))).toBe(EXIT.ok);
  expect([ingest.calls, ingest.kept.size]).toEqual([2, 3]);
  expect(told).toContain('The connection was lost in the middle of the answer.');
});
