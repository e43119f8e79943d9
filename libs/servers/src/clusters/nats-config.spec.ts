import { natsConfig } from './nats-config';

const own = { client: 4222, monitor: 8222, route: 6222 };
const node = { name: 'nats-server-1', storeDir: '/data/nats', own };

test('a single node fsyncs each message, listens on loopback only, and has no cluster', () => {
  const config = natsConfig({ ...node, routes: [] });
  expect(config).toContain('sync_interval: always');
  expect(config).toContain('listen: "127.0.0.1:4222"');
  expect(config).toContain('http: "127.0.0.1:8222"');
  expect(config).not.toContain('cluster');
});

test('a node of a cluster knows the routes to all', () => {
  expect(natsConfig({ ...node, routes: [6222, 6223] })).toContain(
    'routes: ["nats://127.0.0.1:6222", "nats://127.0.0.1:6223"]',
  );
});
