import childProcess, { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { nodePidFile } from '../clusters/layout';
import { readPidFile } from './pid-file';
import { makeTemporaryFolder, removeTemporaryFolder } from '../temporary';
import { until } from '../until';

/** A process that starts both servers in a temporary folder, tells which, and then waits to be killed. */
const PARENT = `
const { makeTemporaryFolder, startMongo, startNats } = require(${JSON.stringify(join(__dirname, '../index.ts'))});
const dir = makeTemporaryFolder();
Promise.all([startMongo({ dir }), startNats({ dir })]).then(() => console.log(dir));
`;

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a parent ended by %s leaves no server and no temporary folder',
  async (signal) => {
    const parent = spawn(process.execPath, ['--import', 'tsx', '-e', PARENT], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: __dirname,
    });
    const [dir] = await new Promise<string[]>((resolve) =>
      createInterface({ input: parent.stdout }).once('line', (line) => resolve([line])),
    );
    const folder = dir ?? '';
    const servers = () =>
      (['mongod', 'nats-server'] as const).map((s) => readPidFile(nodePidFile(folder, s, 1)));
    expect(servers()).not.toContain(undefined);
    parent.kill(signal);
    await until(async () => !existsSync(folder), {
      what: 'the folder to be removed',
      timeoutMs: 240_000,
      remedy: '',
    });
    expect(servers()).toEqual([undefined, undefined]);
  },
);

test('the process that guards ends when there is nothing left to guard, and another starts when there is', async () => {
  const spawning = jest.spyOn(childProcess, 'spawn');
  const folders = [makeTemporaryFolder(), makeTemporaryFolder()];
  const [first] = spawning.mock.results.map(({ value }) => value as ChildProcess);
  if (first === undefined) throw new Error('Nothing guards.');
  const ended = once(first, 'exit');
  for (const folder of folders) removeTemporaryFolder(folder);
  expect(await ended).toEqual([0, null]);
  removeTemporaryFolder(makeTemporaryFolder());
  expect(spawning).toHaveBeenCalledTimes(2);
  spawning.mockRestore();
});
