import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder, removeTemporaryFolder, StackError } from '@billingrails/servers';
import { runningPrograms, stopRunning } from '../running-stack';
import { SERVICE_NAMES, type ServiceName } from './service-names';
import type { Services } from './services';
import { startServices, type ServicesOptions } from './start-services';

/** Answers the health check and shows its environment at any other path, which is all that is asked of it here. */
const SERVING = `
import { createServer } from 'node:http';
createServer((request, response) => {
  const health = request.url === '/grpc.health.v1.Health/Check';
  response.end(JSON.stringify(health ? { status: 'SERVING' } : process.env));
}).listen(process.env.PORT, process.env.HOST);
`;

let dataDir: string;
let bundlesDir: string;

beforeEach(() => {
  dataDir = makeTemporaryFolder();
  bundlesDir = join(dataDir, 'bundles');
  for (const name of SERVICE_NAMES) bundle(name, SERVING);
});
afterEach(async () => {
  await stopRunning(dataDir);
  removeTemporaryFolder(dataDir);
});

function bundle(name: ServiceName, code: string): void {
  mkdirSync(join(bundlesDir, name), { recursive: true });
  writeFileSync(join(bundlesDir, name, 'main.mjs'), code);
}

const stack = {
  mongodbUrl: 'mongodb://127.0.0.1:1/?replicaSet=rs0',
  natsUrl: 'nats://127.0.0.1:2',
  natsMonitorUrl: undefined,
  nodes: 1,
};

const start = (options: Partial<ServicesOptions> = {}): Promise<Services> =>
  startServices({
    stack,
    dataDir,
    bundlesDir,
    ports: 'free',
    serviceKey: 'br_key',
    secretsKey: 'k',
    ...options,
  });

async function environmentOf(url: string): Promise<Record<string, string>> {
  return (await (await fetch(url)).json()) as Record<string, string>;
}

test('every service runs on its own port with the servers of the stack, and billing knows metering', async () => {
  const services = await start();
  for (const name of SERVICE_NAMES.filter((each) => each !== 'gateway')) {
    expect(await environmentOf(services.httpUrls[name])).toMatchObject({
      MONGODB_URL: stack.mongodbUrl,
      NATS_URL: stack.natsUrl,
    });
  }
  const billing = await environmentOf(services.httpUrls.billing);
  expect(billing['METERING_URL']).toBe(services.urls.metering);
  const gateway = await environmentOf(services.httpUrls.gateway);
  expect(gateway['WEBHOOKS_URL']).toBe(services.urls.webhooks);
  await services.stop();
  expect(runningPrograms(dataDir)).toEqual([]);
});

test('killed with -9, a service comes back on its port', async () => {
  const services = await start();
  const { pid, port } = services.metering;
  await services.metering.kill();
  await services.metering.restart();
  expect(services.metering.pid).not.toBe(pid);
  expect((await environmentOf(services.httpUrls.metering))['PORT']).toBe(String(port));
});

test('metering with three replicas is three processes on three ports', async () => {
  const services = await start({ replicas: { metering: 3 } });
  expect(new Set(services.replicas.metering.map(({ port }) => port)).size).toBe(3);
  expect(services.all).toHaveLength(9);
});

test('a second start takes the running services over; a changed one only is started again', async () => {
  const first = await start();
  const again = await start();
  expect(again.startedHere).toBe(false);
  bundle('ingest', `${SERVING}// another build`);
  const renewed = await start();
  expect(renewed.ingest.startedHere).toBe(true);
  expect(renewed.billing.pid).toBe(first.billing.pid);
});

test('a service that ends at start: its name and the end of its log are told, and the others are ended', async () => {
  bundle('billing', `console.error('MONGODB_URL is missing'); process.exit(1);`);
  await expect(start()).rejects.toThrow(/billing ended \(exit code 1\).*MONGODB_URL is missing/s);
  expect(runningPrograms(dataDir)).toEqual([]);
});

test('a service that does not stop fails the stop by name, and is gone all the same', async () => {
  bundle('invoicing', `${SERVING} process.on('SIGTERM', () => {});`);
  const services = await start({ stopTimeoutMs: 500 });
  await expect(services.stop()).rejects.toThrow(/invoicing did not stop within 500 ms/);
  expect(runningPrograms(dataDir)).toEqual([]);
});

test('without bundles: how to build them is told', async () => {
  const starting = start({ bundlesDir: join(dataDir, 'nowhere') });
  await expect(starting).rejects.toThrow(StackError);
  await expect(starting).rejects.toThrow(/nx run-many -t build/);
});
