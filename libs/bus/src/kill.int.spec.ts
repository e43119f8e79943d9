import { startServers, waitFor, type TestServers } from '@billingrails/testing';
import { ensureStream, EVENTS, type Bus } from './index';
import { connectTestBus } from './testing/test-bus';
import { expectAllInOrder, startTraffic } from './testing/traffic';

let servers: TestServers | undefined;
let bus: Bus | undefined;

async function start(nodes: 1 | 3): Promise<{ servers: TestServers; bus: Bus }> {
  servers = await startServers({ nats: true, nodes });
  bus = await connectTestBus(servers);
  await ensureStream(bus, EVENTS);
  return { servers, bus };
}

afterEach(async () => {
  await bus?.close();
  await servers?.stop();
});

test('nothing acknowledged is lost, doubled or out of order when the broker is killed while publishing', async () => {
  const started = await start(1);
  const traffic = startTraffic(started.bus, 6);
  for (let kill = 1; kill <= 4; kill += 1) {
    const before = traffic.acknowledged();
    await waitFor(() => traffic.acknowledged() > before + 20, { what: 'messages before a kill' });
    await started.servers.nats.kill();
    await started.servers.nats.restart();
  }
  const before = traffic.acknowledged();
  await waitFor(() => traffic.acknowledged() > before + 20, { what: 'messages after the last' });
  expectAllInOrder(await traffic.finish(), traffic);
});

test('the same on a cluster of three, whichever node is killed', async () => {
  const started = await start(3);
  const { config } = await started.bus.manager.streams.info('EVENTS');
  expect(config.num_replicas).toBe(3);
  const traffic = startTraffic(started.bus, 6);
  for (const node of started.servers.nats.nodes) {
    const before = traffic.acknowledged();
    await waitFor(() => traffic.acknowledged() > before + 20, {
      what: 'messages before a kill',
    });
    await node.kill();
    const after = traffic.acknowledged();
    await waitFor(() => traffic.acknowledged() > after + 20, {
      what: 'messages with two nodes',
    });
    await started.servers.nats.start();
  }
  expectAllInOrder(await traffic.finish(), traffic);
});
