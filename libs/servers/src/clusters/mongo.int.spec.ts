import { createServer } from 'node:net';
import { MongoClient } from 'mongodb';
import type { Cluster } from './cluster';
import { startMongo } from './mongo';
import { choosePorts, LOOPBACK } from '../processes/ports';
import { makeTemporaryFolder, removeTemporaryFolder } from '../temporary';

let dir: string;
const clusters: Cluster[] = [];

beforeEach(() => {
  dir = makeTemporaryFolder();
});
afterEach(async () => {
  await Promise.all(clusters.splice(0).map((cluster) => cluster.kill()));
  removeTemporaryFolder(dir);
});

async function start(options: { nodes?: number; ports?: number[] } = {}): Promise<Cluster> {
  const cluster = await startMongo({ dir, ...options });
  clusters.push(cluster);
  return cluster;
}

async function withClient<T>(url: string, body: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(url, { writeConcern: { w: 'majority' } });
  try {
    return await body(client);
  } finally {
    await client.close();
  }
}

const things = (client: MongoClient) => client.db('shop').collection<{ _id: number }>('things');
const insert = (url: string, id: number) =>
  withClient(url, (client) => things(client).insertOne({ _id: id }));
const count = (url: string) => withClient(url, (client) => things(client).countDocuments());

test('it takes transactions as soon as it is started', async () => {
  const { url } = await start();
  await withClient(url, (client) =>
    client.withSession((session) =>
      session.withTransaction(() => things(client).insertOne({ _id: 1 }, { session })),
    ),
  );
  expect(await count(url)).toBe(1);
});

test('a second start on the same folder and ports takes the running server over', async () => {
  const ports = await choosePorts([undefined]);
  const first = await start({ ports });
  const second = await start({ ports });
  expect(second.nodes[0]?.pid).toBe(first.nodes[0]?.pid);
  expect(second.nodes[0]?.startedHere).toBe(false);
  await second.stop();
  expect(second.nodes[0]?.running).toBe(false);
});

test.each([1, 3])(
  '%d node(s) killed with -9 come back on other ports with their data',
  async (nodes) => {
    const first = await start({ nodes });
    await insert(first.url, 1);
    await first.kill();
    const second = await start({ nodes, ports: await choosePorts(Array.from({ length: nodes })) });
    expect(second.url).not.toBe(first.url);
    expect(await count(second.url)).toBe(1);
    await insert(second.url, 2);
  },
);

test('of three nodes each can be killed and come back, and no committed write is lost', async () => {
  const cluster = await start({ nodes: 3 });
  for (const [index, node] of cluster.nodes.entries()) {
    await insert(cluster.url, index);
    await node.kill();
    expect(await count(cluster.url)).toBe(index + 1);
    await node.restart();
  }
});

test('a busy port: who wants it, which one, and what to do', async () => {
  const [port = 0] = await choosePorts([undefined]);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, LOOPBACK, resolve));
  await expect(start({ ports: [port] })).rejects.toThrow(
    new RegExp(`mongod 1 cannot listen on port ${port}.*\\nEnd that program, or give another`),
  );
  await new Promise((resolve) => other.close(resolve));
});
