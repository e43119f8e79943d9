import { createKey } from '@billingrails/access';
import { connectBus } from '@billingrails/bus';
import { createLogger } from '@billingrails/log';
import { startServers, waitFor, type TestServers } from '@billingrails/testing';
import { organisation } from './testing/posted-bills';
import { InvoicingProcess } from './testing/invoicing-process';

let servers: TestServers;
let running: InvoicingProcess | undefined;

beforeEach(async () => {
  servers = await startServers({ mongo: true, nats: true, alone: true });
});

afterEach(async () => {
  running?.kill();
  await servers?.stop();
});

async function serving(): Promise<InvoicingProcess> {
  const { mongodbUrl: MONGODB_URL, natsUrl: NATS_URL } = servers;
  const started = new InvoicingProcess({ MONGODB_URL, NATS_URL });
  running = started;
  await waitFor(() => started.address, { what: 'invoicing to serve' });
  return started;
}

async function newKey(): Promise<string> {
  const logger = createLogger({ service: 'test', level: 'silent' });
  const bus = await connectBus({ url: servers.natsUrl, name: 'test', logger });
  const draft = {
    kind: 'organisation',
    organisationId: organisation('acme'),
    name: 'test',
  } as const;
  const { secret } = await createKey(bus, draft);
  await bus.close();
  return secret;
}

async function listWith(key: string, { address }: InvoicingProcess): Promise<number> {
  const path = 'billingrails.invoicing.v1.InvoiceService/ListInvoices';
  const { status } = await fetch(`${address}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: '{}',
  });
  return status;
}

test('it serves on real servers whoever has a key, writes no key into its log, and ends when told', async () => {
  const key = await newKey();
  const invoicing = await serving();
  expect(await listWith(key, invoicing)).toBe(200);
  expect(await listWith('br_wrong', invoicing)).toBe(401);
  expect(await invoicing.stop()).toBe(0);
  const log = invoicing.lines.join('\n');
  expect(log).toContain('stopped');
  expect(log).not.toContain(key);
});

test.each(['nats', 'mongo'] as const)('it ends when told while %s is lost', async (server) => {
  const invoicing = await serving();
  await servers[server].kill();
  expect(await invoicing.stop()).toBe(0);
});

test.each(['nats', 'mongo'] as const)(
  '%s away when it starts is waited for, and then it serves',
  async (server) => {
    await servers[server].kill();
    const { mongodbUrl: MONGODB_URL, natsUrl: NATS_URL } = servers;
    const waiting = (running = new InvoicingProcess({ MONGODB_URL, NATS_URL }));
    await waitFor(() => waiting.lines.some((line) => line.includes('"waiting_for"')), {
      what: 'invoicing to wait',
    });
    expect(waiting.address).toBe('');
    await servers[server].restart();
    await waitFor(() => waiting.address, { what: 'invoicing to serve' });
    expect(await listWith(await newKey(), waiting)).toBe(200);
    expect(waiting.lines.join('\n')).not.toContain('"stack"');
    expect(await waiting.stop()).toBe(0);
  },
);

test('settings that are missing or wrong are all named, and nothing starts', async () => {
  running = new InvoicingProcess({ MONGODB_URL: 'http://nowhere', PORT: 'x' });
  expect(await running.end()).toBe(1);
  const log = running.lines.join('\n');
  for (const name of ['MONGODB_URL', 'NATS_URL', 'PORT']) expect(log).toContain(name);
});
