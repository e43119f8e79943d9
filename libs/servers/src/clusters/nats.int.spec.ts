import { connect, type NatsConnection } from 'nats';
import { startNats, type NatsCluster } from './nats';
import { makeTemporaryFolder, removeTemporaryFolder } from '../temporary';
import { until } from '../until';

let dir: string;
const clusters: NatsCluster[] = [];

beforeEach(() => {
  dir = makeTemporaryFolder();
});
afterEach(async () => {
  await Promise.all(clusters.splice(0).map((cluster) => cluster.kill()));
  removeTemporaryFolder(dir);
});

async function start(nodes = 1): Promise<NatsCluster> {
  const cluster = await startNats({ dir, nodes });
  clusters.push(cluster);
  return cluster;
}

async function withConnection<T>(
  { url }: NatsCluster,
  body: (connection: NatsConnection) => Promise<T>,
): Promise<T> {
  const connection = await connect({
    servers: url.split(','),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
  });
  try {
    return await body(connection);
  } finally {
    await connection.close();
  }
}

const messages = (cluster: NatsCluster) =>
  withConnection(cluster, async (connection) => {
    const { state } = await (await connection.jetstreamManager()).streams.info('THINGS');
    return state.messages;
  });

test('the running server fsyncs each message and takes messages of 1 MiB', async () => {
  const { monitorUrl } = await start();
  const jsz = (await (await fetch(`${monitorUrl}/jsz`)).json()) as { config: object };
  expect(jsz.config).toMatchObject({ sync_always: true });
  const varz = (await (await fetch(`${monitorUrl}/varz`)).json()) as object;
  expect(varz).toMatchObject({ max_payload: 1024 * 1024, host: '127.0.0.1' });
});

test('killed with -9, it comes back on its ports with every acknowledged message', async () => {
  const cluster = await start();
  await withConnection(cluster, async (connection) => {
    const manager = await connection.jetstreamManager();
    await manager.streams.add({ name: 'THINGS', subjects: ['things'] });
    await connection.jetstream().publish('things', 'kept');
  });
  await cluster.kill();
  await cluster.restart();
  expect(await messages(cluster)).toBe(1);
});

test('of three nodes each can be killed and come back, and no acknowledged message is lost', async () => {
  const cluster = await start(3);
  await withConnection(cluster, async (connection) => {
    const manager = await connection.jetstreamManager();
    await manager.streams.add({ name: 'THINGS', subjects: ['things'], num_replicas: 3 });
    for (const [index, node] of cluster.nodes.entries()) {
      await node.kill();
      const once = { msgID: String(index), timeout: 2_000 };
      await until(() => connection.jetstream().publish('things', 'kept', once), {
        what: 'two nodes to take a message',
        timeoutMs: 240_000,
        remedy: '',
      });
      await node.restart();
    }
  });
  await cluster.kill();
  await cluster.restart();
  expect(await messages(cluster)).toBe(3);
});
