import { join } from 'node:path';
import {
  findBinary,
  freePort,
  makeTemporaryFolder,
  Program,
  removeTemporaryFolder,
} from '@billingrails/servers';
import { checkMongo, checkNats } from './external';

let folder: string;
let program: Program | undefined;

beforeEach(() => {
  folder = makeTemporaryFolder();
});
afterEach(async () => {
  await program?.kill();
  removeTemporaryFolder(folder);
});

/** Servers that someone set up without what the platform needs. */
async function start(name: 'mongod' | 'nats-server', args: (port: number) => string[]) {
  const port = await freePort();
  program = new Program({
    ...{ name, port, args: args(port) },
    command: await findBinary(name),
    logFile: join(folder, 'log'),
    pidFile: join(folder, 'pid.json'),
    stopTimeoutMs: 120_000,
    ready: async () => undefined,
  });
  await program.start();
  return port;
}

test('a MongoDB that does not answer: its variable and host are told, its password is not', async () => {
  const url = `mongodb://someone:secret@127.0.0.1:${await freePort()}/`;
  const message = await checkMongo(url, 500).then(String, String);
  expect(message).toMatch(/MONGODB_URL is set.*127\.0\.0\.1.*does not answer/s);
  expect(message).not.toContain('secret');
});

test('a MongoDB that is no replica set is refused: it has no transactions', async () => {
  const port = await start('mongod', (p) => ['--dbpath', folder, '--port', String(p)]);
  await expect(checkMongo(`mongodb://127.0.0.1:${port}`)).rejects.toThrow(/--replSet/);
});

test('a NATS that does not answer: what to do is told', async () => {
  const url = `nats://127.0.0.1:${await freePort()}`;
  await expect(checkNats(url)).rejects.toThrow(
    /NATS_URL is set.*does not answer.*unset NATS_URL/is,
  );
});

test('a NATS without JetStream is refused', async () => {
  const port = await start('nats-server', (p) => ['--addr', '127.0.0.1', '--port', String(p)]);
  await expect(checkNats(`nats://127.0.0.1:${port}`)).rejects.toThrow(/Enable jetstream/);
});
