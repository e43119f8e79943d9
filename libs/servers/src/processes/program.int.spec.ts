import { join } from 'node:path';
import { freePort } from './ports';
import { Program, type ProgramOptions } from './program';
import { makeTemporaryFolder, removeTemporaryFolder } from '../temporary';

let folder: string;
const programs: Program[] = [];

beforeEach(() => {
  folder = makeTemporaryFolder();
});
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.kill()));
  removeTemporaryFolder(folder);
});

const listens = (port: number) => `require('net').createServer().listen(${port}, '127.0.0.1');`;

function program(port: number, code: string, options: Partial<ProgramOptions> = {}): Program {
  const made = new Program({
    name: 'the program',
    command: process.execPath,
    args: ['-e', code],
    logFile: join(folder, 'log'),
    pidFile: join(folder, 'pid.json'),
    port,
    stopTimeoutMs: 60_000,
    ready: async () => undefined,
    ...options,
  });
  programs.push(made);
  return made;
}

test('one that ends at start: how it ended and the end of its log are told', async () => {
  const port = await freePort();
  const ending = program(port, `console.error('the disk is full'); process.exit(3)`);
  await expect(ending.start()).rejects.toThrow(
    /the program ended \(exit code 3\).*\nthe disk is full/s,
  );
});

test('one that does not exist: what was to be run is told', async () => {
  const missing = program(await freePort(), '', { command: '/no/such/program' });
  await expect(missing.start()).rejects.toThrow('/no/such/program');
});

test('one that never gets ready is not left running', async () => {
  const port = await freePort();
  const never = program(port, listens(port), { ready: () => Promise.reject(new Error('never')) });
  await expect(never.start()).rejects.toThrow('never');
  expect(never.running).toBe(false);
});

test('one that ignores SIGTERM is killed, and that is told', async () => {
  const port = await freePort();
  const deaf = program(port, `process.on('SIGTERM', () => {}); ${listens(port)}`, {
    stopTimeoutMs: 100,
  });
  await deaf.start();
  await expect(deaf.stop()).rejects.toThrow('did not stop within 100 ms of SIGTERM and was killed');
  expect(deaf.running).toBe(false);
});

test('a restart is another process on the same port; stop and kill may be repeated', async () => {
  const port = await freePort();
  const once = program(port, listens(port));
  await once.start();
  const { pid } = once;
  await once.kill();
  await once.kill();
  await once.restart();
  expect(once.pid).not.toBe(pid);
  await once.stop();
  await once.stop();
  expect(once.pid).toBeUndefined();
});

test('one that runs with another identity is stopped and started anew', async () => {
  const port = await freePort();
  const old = program(port, listens(port), { identity: 'old build' });
  await old.start();
  const renewed = program(port, listens(port), { identity: 'new build' });
  const { pid } = old;
  await renewed.start();
  expect(renewed.pid).not.toBe(pid);
  expect(renewed.startedHere).toBe(true);
});
