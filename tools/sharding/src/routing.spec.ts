import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MongoClient } from 'mongodb';
import { makeTemporaryFolder, removeTemporaryFolder } from '@billingrails/servers';
import { bundled, startServers, type TestServers } from '@billingrails/testing';
import { routingsOf, type Routed } from './routing';
import { BROADCAST, SHARDED, UNSHARDED } from './shard-keys';
import { namespaceOf } from './plan';

const root = join(__dirname, '../../..');
const [demo] = bundled('../demo/src/main.ts');
const PROFILE_BYTES = 512 * 1024 * 1024;

/** They may begin with a collection that is not sharded. */
const UNIONS = { 'command.pipeline.$unionWith': { $exists: true } };

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
  const routed: Routed[] = [];
  for (const name of Object.keys(UNSHARDED)) {
    const profiled = client
      .db(name)
      .collection('system.profile')
      .find({ $or: [{ ns: { $in: SHARDED.map(namespaceOf) } }, UNIONS] });
    for await (const entry of profiled) routed.push(...routingsOf(entry));
  }
  expect(new Set(routed.map(({ namespace }) => namespace)).size).toBeGreaterThan(5);
  expect(routed.filter(({ routing }) => routing === 'refused')).toEqual([]);
  const broadcasts = routed.filter(({ routing }) => routing === 'broadcast');
  const unknown = broadcasts.filter(
    ({ namespace, fields }) => !(namespace in BROADCAST || `${namespace}: ${fields}` in BROADCAST),
  );
  expect(unknown).toEqual([]);
});

test('each part of a union is looked at for itself', () => {
  const union = { coll: 'usage_days', pipeline: [{ $match: { o: 'org_1', a: { $in: ['a'] } } }] };
  const segments = { coll: 'segments', pipeline: [{ $match: { o: 'org_1', a: 'a' } }] };
  const pipeline = [{ $match: { _id: 'x' } }, { $unionWith: union }, { $unionWith: segments }];
  const command = { aggregate: 'past_marks', pipeline };
  expect(routingsOf({ ns: 'metering.past_marks', op: 'command', command })).toEqual([
    { namespace: 'metering.usage_days', kind: 'read', fields: 'a o', routing: 'broadcast' },
    { namespace: 'metering.segments', kind: 'read', fields: 'a o', routing: 'targeted' },
  ]);
});
