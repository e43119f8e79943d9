import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPidFile, writePidFile } from './pid-file';
import { spawnProcess } from './running';
import { makeTemporaryFolder, removeTemporaryFolder } from '../temporary';

let folder: string;
let file: string;

beforeEach(() => {
  folder = makeTemporaryFolder();
  file = join(folder, 'pid.json');
});
afterEach(() => removeTemporaryFolder(folder));

const args = ['-e', 'setInterval(() => {}, 1000)'];
const record = { name: 'idle', port: 1, args, identity: '' };

async function idle() {
  const logFile = join(folder, 'log');
  return spawnProcess({ command: process.execPath, args, logFile, detached: false });
}

test('a program is found while it runs, and not when it has ended', async () => {
  const running = await idle();
  writePidFile(file, { ...record, pid: running.pid });
  expect(readPidFile(file)).toEqual({ ...record, pid: running.pid });
  running.signal('SIGKILL');
  await running.waitForEnd(5_000);
  expect(readPidFile(file)).toBeUndefined();
});

test('a pid that is now the pid of another program is not taken for it', async () => {
  const running = await idle();
  writePidFile(file, { ...record, args: ['--dbpath', '/elsewhere'], pid: running.pid });
  expect(readPidFile(file)).toBeUndefined();
  running.signal('SIGKILL');
  await running.waitForEnd(5_000);
});

test.each([
  ['cut off by a crash', '{"pid": 12'],
  ['with a pid that would signal a whole group', '{"pid": 0, "args": []}'],
])('a file %s counts as none', (_case, text) => {
  writeFileSync(file, text);
  expect(readPidFile(file)).toBeUndefined();
});
