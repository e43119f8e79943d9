import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { EXIT } from '../../exit-codes';
import type { JsonObject } from '../../rpc/connection';
import { FakePlatform } from '../../testing/fake-platform';

let platform: FakePlatform;
let folder: string;
/** Events by their keys, and how often ingest was called. */
let kept: Map<string, JsonObject>;
let calls: number;
/** Answers in place of it, once. */
let instead: ((response: ServerResponse) => void) | undefined;

beforeEach(async () => {
  platform = new FakePlatform((_method, { events }, response) =>
    ingest(events as JsonObject[], response),
  );
  await platform.start();
  ({ folder } = platform);
  kept = new Map();
  [calls, instead] = [0, undefined];
});

afterEach(() => platform.stop());

/** Keeps events by their keys, and refuses those of fewer than 0 units. */
function ingest(events: readonly JsonObject[], response: ServerResponse): void {
  calls += 1;
  const field_violations = events.flatMap(({ properties }, index) =>
    Number((properties as JsonObject)['units']) < 0
      ? [{ field: `events[${index}].properties.units`, description: 'must not be below 0' }]
      : [],
  );
  const isTaken = field_violations.length === 0;
  if (isTaken) for (const event of events) kept.set(String(event['idempotency_key']), event);
  const other = instead;
  instead = undefined;
  if (other !== undefined) return other(response);
  const details = [{ type: 'google.rpc.BadRequest', debug: { field_violations } }];
  response.writeHead(isTaken ? 200 : 400, { 'content-type': 'application/json' });
  response.end(JSON.stringify(isTaken ? {} : { code: 'invalid_argument', details }));
}

function fileOf(name: string, ...units: number[]): string {
  const file = join(folder, name);
  writeFileSync(file, ['units', ...units, ''].join('\n'));
  return file;
}

const importing = (...words: string[]) => platform.run('events', 'import', ...words);

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
  expect(platform.told).toContain(`${join(folder, place)} cannot be written: `);
  expect(platform.told).toContain(`Name another place: ${option} FILE.`);
  expect([calls, readdirSync(folder)]).toEqual([0, before]);
});

test('a file that cannot be read is told before anything of the others is sent', async () => {
  expect(await importing(fileOf('a.csv', 1), join(folder, 'b.csv'))).toBe(EXIT.usage);
  expect([calls, platform.told]).toEqual([0, expect.stringContaining('b.csv cannot be read')]);
});

test('a connection that is lost in the middle of an answer is tried again with the same keys', async () => {
  instead = (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
    response.write('{"events": [', () => response.destroy());
  };
  expect(await importing(fileOf('a.csv', 1, 2, 3))).toBe(EXIT.ok);
  expect([calls, kept.size]).toEqual([2, 3]);
  expect(platform.told).toContain('The connection was lost in the middle of the answer.');
});
