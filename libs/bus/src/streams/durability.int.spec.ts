import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startServers, type TestServers } from '@billingrails/testing';
import { assertDurable, ensureStream, EVENTS, type Bus } from '../index';
import { connectTestBus } from '../testing/test-bus';

let servers: TestServers;
let bus: Bus;
let monitor: Server;
/** What a server's monitoring says at /varz. */
let varz: unknown;

beforeAll(async () => {
  servers = await startServers({ nats: true });
  bus = await connectTestBus(servers);
  await ensureStream(bus, EVENTS);
  monitor = createServer((_request, response) => response.end(JSON.stringify(varz)));
  await new Promise<void>((resolve) => monitor.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  monitor.close();
  await bus.close();
  await servers.stop();
});

const monitorUrl = () => `http://127.0.0.1:${(monitor.address() as AddressInfo).port}`;

test('a server that acknowledges before it syncs is refused, with the setting to change', async () => {
  varz = { version: '2.15.1', jetstream: { config: { sync_interval: 120_000_000_000 } } };
  await expect(assertDurable(bus, { monitorUrl: monitorUrl() })).rejects.toThrow(
    /acknowledges before it syncs: set `jetstream \{ sync_interval: always \}`/,
  );
});

test('every node of a cluster is looked at', async () => {
  varz = { version: '2.15.0', jetstream: { config: { sync_always: true } } };
  const both = `${servers.natsMonitorUrl}, ${monitorUrl()}`;
  await expect(assertDurable(bus, { monitorUrl: both })).rejects.toThrow(
    /is 2\.15\.0: use 2\.14\.9/,
  );
});

test.each([
  ['no monitoring', () => ({})],
  ['a monitoring that does not answer', () => ({ monitorUrl: 'http://127.0.0.1:1' })],
  ['something else at its address', () => ({ monitorUrl: monitorUrl() })],
])('with %s, that syncing cannot be seen is warned of', async (_case, options) => {
  varz = 'hello';
  const warnings: unknown[] = [];
  const logger = Object.assign(Object.create(bus.logger), {
    warn: (...parts: unknown[]) => warnings.push(parts[1]),
  });
  await assertDurable({ ...bus, connected: true, logger }, options());
  expect(warnings).toEqual(['cannot see whether NATS syncs every write']);
});
