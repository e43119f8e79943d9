import { MongoClient } from 'mongodb';
import { connect } from 'nats';
import { startServers, type TestServers } from './servers';

describe('servers of a test file', () => {
  let servers: TestServers;
  beforeAll(async () => {
    servers = await startServers({ mongo: true, nats: true, alone: true });
  });
  afterAll(() => servers.stop());

  test('what MongoDB committed is there after kill -9 and restart, on the same address', async () => {
    const client = new MongoClient(servers.mongodbUrl, { writeConcern: { w: 'majority' } });
    await client.db('shop').collection<{ _id: string }>('things').insertOne({ _id: 'kept' });
    await client.close();
    await servers.mongo.kill();
    await servers.mongo.restart();
    const again = new MongoClient(servers.mongodbUrl);
    expect(await again.db('shop').collection('things').countDocuments()).toBe(1);
    await again.close();
  });

  test('what JetStream acknowledged is there after kill -9 and restart, on the same address', async () => {
    const connection = await connect({ servers: servers.natsUrl });
    const manager = await connection.jetstreamManager();
    await manager.streams.add({ name: 'THINGS', subjects: ['things'] });
    await connection.jetstream().publish('things', 'kept');
    await connection.close();
    await servers.nats.kill();
    await servers.nats.restart();
    const again = await connect({ servers: servers.natsUrl });
    const info = await (await again.jetstreamManager()).streams.info('THINGS');
    expect(info.state.messages).toBe(1);
    await again.close();
  });
});

describe('MongoDB, which the files of a process use one after the other', () => {
  async function write(servers: TestServers): Promise<MongoClient> {
    const client = new MongoClient(servers.mongodbUrl, { writeConcern: { w: 'majority' } });
    await client.db('shop').collection('things').insertOne({});
    await client.db('shop').setProfilingLevel('all');
    return client;
  }

  /** What is there besides MongoDB's own, and what a database of the name is set to. */
  async function foundBy(servers: TestServers) {
    const client = new MongoClient(servers.mongodbUrl);
    const { databases } = await client.db().admin().listDatabases();
    const profiling = await client.db('shop').profilingLevel();
    await client.close();
    return { names: databases.map(({ name }) => name), profiling };
  }
  const nothing = { names: ['admin', 'config', 'local'], profiling: 'off' };

  test('is empty for each', async () => {
    const first = await startServers({ mongo: true });
    const client = await write(first);
    await client.close();
    await first.stop();
    const second = await startServers({ mongo: true });
    expect(second.mongodbUrl).toBe(first.mongodbUrl);
    expect(await foundBy(second)).toEqual(nothing);
    await second.stop();
  });

  test('is another one while somebody has it, or has left a connection open', async () => {
    const first = await startServers({ mongo: true });
    const beside = await startServers({ mongo: true });
    expect(beside.mongodbUrl).not.toBe(first.mongodbUrl);
    await beside.stop();
    const left = await write(first);
    await first.stop();
    const second = await startServers({ mongo: true });
    expect(second.mongodbUrl).not.toBe(first.mongodbUrl);
    expect(await foundBy(second)).toEqual(nothing);
    await left.close();
    await second.stop();
  });

  test('is not killed but by who has asked for one alone', async () => {
    const servers = await startServers({ mongo: true });
    expect(() => servers.mongo).toThrow('{ alone: true }');
    await servers.stop();
  });
});

test('asking for a server that was not started says so', async () => {
  const servers = await startServers({ nats: true });
  expect(() => servers.mongodbUrl).toThrow('without { mongo: true }');
  await servers.stop();
});
