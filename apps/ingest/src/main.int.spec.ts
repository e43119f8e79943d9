import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { connectBus, type Bus } from '@billingrails/bus';
import { createLogger } from '@billingrails/log';
import { startServers, waitFor, type TestServers } from '@billingrails/testing';
import { IngestProcess } from './testing/ingest-process';

let servers: TestServers;
let bus: Bus;

beforeEach(async () => {
  servers = await startServers({ nats: true });
  const logger = createLogger({ service: 'test', level: 'silent' });
  bus = await connectBus({ url: servers.natsUrl, name: 'test', logger });
});

afterEach(async () => {
  await bus.close();
  await servers.stop();
});

/** Starts ingest, which must end by itself, and gives its exit code and what it wrote. */
async function refusal(env: Record<string, string> = {}): Promise<[number | null, string]> {
  const { natsUrl: NATS_URL, natsMonitorUrl: NATS_MONITOR_URL } = servers;
  const ingest = IngestProcess.spawn({ NATS_URL, NATS_MONITOR_URL, ...env });
  const exitCode = await ingest.end();
  expect(ingest.address).toBe('');
  return [exitCode, ingest.lines.join('\n')];
}

/** Brings the broker back with other words in its configuration. */
async function reconfigureBroker(from: string, to: string): Promise<void> {
  const [node] = servers.nats.nodes;
  const file = join(dirname(node?.logFile ?? ''), 'nats-server.conf');
  const configuration = readFileSync(file, 'utf8');
  expect(configuration).toContain(from);
  await servers.nats.stop();
  writeFileSync(file, configuration.replace(from, to));
  await servers.nats.start();
}

test('it does not run on a broker that acknowledges before it syncs', async () => {
  await reconfigureBroker('sync_interval: always', 'sync_interval: "2m"');
  const [exitCode, lines] = await refusal();
  expect(exitCode).toBe(1);
  expect(lines).toContain('sync_interval: always');
});

test('it ends when the broker comes back as one that acknowledges before it syncs', async () => {
  const ingest = await IngestProcess.serving(servers);
  await reconfigureBroker('sync_interval: always', 'sync_interval: "2m"');
  expect(await ingest.end()).toBe(1);
  expect(ingest.lines.join('\n')).toContain('sync_interval: always');
});

test.each([
  ['allow_atomic', { discard: 'new' as const, allow_atomic: false }],
  ['discard', { discard: 'old' as const, allow_atomic: true }],
])('it does not run on a stream with the wrong %s', async (setting, config) => {
  await bus.manager.streams.add({
    name: 'EVENTS',
    subjects: ['events.*'],
    metadata: { billingrails_partitions: '16' },
    ...config,
  } as Parameters<typeof bus.manager.streams.add>[0]);
  const [exitCode, lines] = await refusal();
  expect(exitCode).toBe(1);
  expect(lines).toMatch(new RegExp(`Stream EVENTS does not fit: .*${setting} is`));
});

test('it does not run on a stream with other partitions than it is told', async () => {
  const first = await IngestProcess.serving(servers, { EVENTS_PARTITIONS: '4' });
  await first.stop();
  const second = await IngestProcess.serving(servers);
  await second.stop();
  const [exitCode, lines] = await refusal({ EVENTS_PARTITIONS: '8' });
  expect(exitCode).toBe(1);
  expect(lines).toContain('partitions is 4, must be 8');
});

test('without a broker it waits and says so, is not ready, and serves when there is one', async () => {
  await servers.nats.kill();
  const { natsUrl: NATS_URL, natsMonitorUrl: NATS_MONITOR_URL } = servers;
  const ingest = IngestProcess.spawn({ NATS_URL, NATS_MONITOR_URL });
  const waiting = await waitFor(() => ingest.lines.find((line) => line.includes('"waiting_for"')), {
    what: 'ingest to wait',
  });
  const { waiting_for, answering_at } = JSON.parse(waiting) as Record<string, string>;
  expect(waiting_for).toBe('NATS');
  const post = (path: string) =>
    fetch(`${answering_at}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
  expect(await (await post('grpc.health.v1.Health/Check')).json()).toEqual({
    status: 'NOT_SERVING',
  });
  const refused = await post('billingrails.ingest.v1.EventService/IngestEvent');
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await refused.text()).toContain('STARTING');

  await servers.nats.restart();
  await waitFor(() => ingest.address, { what: 'ingest to serve' });
  expect(ingest.lines.join('\n')).not.toContain('"stack"');
  const health = await fetch(`${ingest.address}/grpc.health.v1.Health/Check`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expect(await health.json()).toEqual({ status: 'SERVING' });
  await ingest.stop();
});

test('every bad variable is named, and no value', async () => {
  const [exitCode, lines] = await refusal({
    NATS_URL: 'http://secret-name',
    EVENTS_REPLICAS: '2',
    PENDING_REQUESTS_MAX: 'many',
  });
  expect(exitCode).toBe(1);
  for (const name of ['NATS_URL', 'EVENTS_REPLICAS', 'PENDING_REQUESTS_MAX'])
    expect(lines).toContain(name);
  expect(lines).not.toMatch(/^ +at /m);
  expect(lines).not.toContain('secret-name');
});
