import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MongoClient } from 'mongodb';
import { makeTemporaryFolder, removeTemporaryFolder } from '@billingrails/servers';
import { bundled, startServers, type TestServers } from '@billingrails/testing';
import { routingOf } from './routing';
import { BROADCAST, SHARDED, UNSHARDED } from './shard-keys';
import { namespaceOf } from './plan';

const root = join(__dirname, '../../..');
const [demo] = bundled('../demo/src/main.ts');
const PROFILE_BYTES = 512 * 1024 * 1024;

let servers: TestServers;
let client: MongoClient;
let folder: string;

beforeAll(async () => {
  servers = await startServers({ mongo: true, nats: true });
  client = await MongoClient.connect(servers.mongodbUrl);
  folder = makeTemporaryFolder();
});

afterAll(async () => {
  await client?.close();
  await servers?.stop();
  removeTemporaryFolder(folder);
});

test('from event to invoice, no write needs a shard key that it lacks, and every read that asks all shards is known', async () => {
  for (const name of Object.keys(UNSHARDED)) {
    const db = client.db(name);
    await db.createCollection('system.profile', { capped: true, size: PROFILE_BYTES });
    await db.setProfilingLevel('all');
  }
  await promisify(execFile)(process.execPath, [demo, '--json', '--data', folder], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      MONGODB_URL: servers.mongodbUrl,
      NATS_URL: servers.natsUrl,
      NATS_MONITOR_URL: servers.natsMonitorUrl,
    },
  });
  const routed = [];
  for (const name of Object.keys(UNSHARDED)) {
    const profiled = client
      .db(name)
      .collection('system.profile')
      .find({ ns: { $in: SHARDED.map(namespaceOf) } });
    for await (const entry of profiled) routed.push(routingOf(entry) ?? []);
  }
  const all = routed.flat();
  expect(new Set(all.map(({ namespace }) => namespace)).size).toBeGreaterThan(5);
  expect(all.filter(({ routing }) => routing === 'refused')).toEqual([]);
  const broadcasts = all.filter(({ routing }) => routing === 'broadcast');
  const unknown = broadcasts.filter(
    ({ namespace, fields }) => !(namespace in BROADCAST || `${namespace}: ${fields}` in BROADCAST),
  );
  expect(unknown).toEqual([]);
});
