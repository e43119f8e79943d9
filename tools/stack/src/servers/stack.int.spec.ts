import { createServer } from 'node:net';
import { MongoClient } from 'mongodb';
import { LOOPBACK, makeTemporaryFolder, removeTemporaryFolder } from '@billingrails/servers';
import { runningPrograms, stopRunning } from '../running-stack';
import { startStack, type Stack, type StackOptions } from './stack';

let dataDir: string;

beforeEach(() => {
  dataDir = makeTemporaryFolder();
});
afterEach(async () => {
  await stopRunning(dataDir);
  removeTemporaryFolder(dataDir);
});

const start = (options: Partial<StackOptions> = {}): Promise<Stack> =>
  startStack({ dataDir, ports: 'free', env: withoutServers(), ...options });

/** A developer may have these set; here they are part of what is tried. */
function withoutServers(): NodeJS.ProcessEnv {
  const { MONGODB_URL: _mongo, NATS_URL: _nats, ...env } = process.env;
  return env;
}

const pids = () => runningPrograms(dataDir).map(({ pid }) => pid);

async function insert(stack: Stack): Promise<void> {
  const client = new MongoClient(stack.mongodbUrl, { writeConcern: { w: 'majority' } });
  await client.db('shop').collection('things').insertOne({});
  await client.close();
}

async function count(stack: Stack): Promise<number> {
  const client = new MongoClient(stack.mongodbUrl);
  const things = await client.db('shop').collection('things').countDocuments();
  await client.close();
  return things;
}

test('a second start finds what runs, and its stop leaves it running', async () => {
  const first = await start();
  const started = pids();
  const second = await start();
  expect(second.startedHere).toBe(false);
  expect([second.mongodbUrl, second.natsUrl]).toEqual([first.mongodbUrl, first.natsUrl]);
  await second.stop();
  expect(pids()).toEqual(started);
  await first.stop();
  expect(pids()).toEqual([]);
});

test('two starts at once bring up one stack', async () => {
  const [first, second] = await Promise.all([start(), start()]);
  expect(second.mongodbUrl).toBe(first.mongodbUrl);
  expect([first.startedHere, second.startedHere].sort()).toEqual([false, true]);
  expect(pids()).toHaveLength(2);
});

test('after kill -9 of one server a start brings that one back and leaves the other', async () => {
  const first = await start();
  await insert(first);
  const natsPid = first.nats.nodes[0]?.pid;
  await first.mongo.kill();
  const second = await start();
  expect(second.nats.nodes[0]?.pid).toBe(natsPid);
  expect(await count(second)).toBe(1);
});

test('after kill -9 of all, with the port taken meanwhile, the data is there on another port', async () => {
  const first = await start();
  await insert(first);
  await Promise.all([first.mongo.kill(), first.nats.kill()]);
  const other = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => other.listen(first.mongo.nodes[0]?.port, LOOPBACK, resolve));
  const second = await start();
  expect(second.mongodbUrl).not.toBe(first.mongodbUrl);
  expect(second.natsUrl).toBe(first.natsUrl);
  expect(await count(second)).toBe(1);
  await new Promise((resolve) => other.close(resolve));
});

test('three nodes of each: one start, one stop, and the data is there at the next start', async () => {
  const first = await start({ nodes: 3 });
  await insert(first);
  expect(pids()).toHaveLength(6);
  expect(await stopRunning(dataDir)).toHaveLength(6);
  expect(pids()).toEqual([]);
  const second = await start();
  expect(second.nodes).toBe(3);
  expect(await count(second)).toBe(1);
});

test('with MONGODB_URL and NATS_URL set nothing is started, and those are used', async () => {
  const { mongodbUrl, natsUrl } = await start();
  const before = pids();
  const env = { ...withoutServers(), MONGODB_URL: mongodbUrl, NATS_URL: natsUrl };
  const other = makeTemporaryFolder();
  const external = await start({ dataDir: other, env });
  expect([external.mongodbUrl, external.natsUrl]).toEqual([mongodbUrl, natsUrl]);
  expect(runningPrograms(other)).toEqual([]);
  await external.stop();
  expect(pids()).toEqual(before);
  expect(() => external.nats).toThrow('not ours to kill');
  removeTemporaryFolder(other);
});
