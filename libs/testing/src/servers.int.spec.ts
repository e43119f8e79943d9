import { MongoClient } from 'mongodb';
import { connect } from 'nats';
import { startServers, type TestServers } from './servers';

describe('servers of a test file', () => {
  let servers: TestServers;
  beforeAll(async () => {
    servers = await startServers({ mongo: true, nats: true });
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

test('asking for a server that was not started says so', async () => {
  const servers = await startServers({ nats: true });
  expect(() => servers.mongodbUrl).toThrow('without { mongo: true }');
  await servers.stop();
});
