import { createKey } from '@billingrails/access';
import { connectBus, type Bus } from '@billingrails/bus';
import { WebhookDeliveryStatus } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_delivery_pb';
import type { OrganisationId } from '@billingrails/ids';
import { createLogger } from '@billingrails/log';
import { startServers, waitFor, type TestServers } from '@billingrails/testing';
import { isVerified, Receiver, status } from './testing/receiver';
import { eventIdOf, newOrganisation, startWorld } from './testing/world';
import { WebhooksProcess } from './testing/webhooks-process';

let servers: TestServers | undefined;
let running: WebhooksProcess | undefined;

afterEach(async () => {
  running?.kill();
  await servers?.stop();
  servers = undefined;
});

async function startAlone(): Promise<TestServers> {
  return (servers = await startServers({ mongo: true, nats: true, alone: true }));
}

async function serving(
  { mongodbUrl: MONGODB_URL, natsUrl: NATS_URL }: TestServers,
  env: Readonly<Record<string, string>> = {},
): Promise<WebhooksProcess> {
  const started = (running = new WebhooksProcess({ MONGODB_URL, NATS_URL, ...env }));
  await waitFor(() => started.address, { what: 'webhooks to serve' });
  return started;
}

async function keyOf(bus: Bus, organisationId: OrganisationId): Promise<string> {
  return (await createKey(bus, { kind: 'organisation', organisationId, name: 'test' })).secret;
}

async function newKey({ natsUrl: url }: TestServers): Promise<string> {
  const logger = createLogger({ service: 'test', level: 'silent' });
  const bus = await connectBus({ url, name: 'test', logger });
  const key = await keyOf(bus, newOrganisation());
  await bus.close();
  return key;
}

async function call({ address }: WebhooksProcess, key: string, method: string, request: object) {
  const url = `${address}/billingrails.webhooks.v1.WebhookEndpointService/${method}`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(request),
  });
  return { status: response.status, text: await response.text() };
}

test('killed with -9 while webhooks are under way, another replica sends all of them, under the same ids', async () => {
  const world = await startWorld();
  const receiver = await Receiver.start();
  try {
    receiver.answering = () => undefined;
    const webhooks = await serving(world.servers, {
      LOOPBACK_ENDPOINTS: 'allowed',
      DELIVERY_TIMEOUT_MS: '60000',
    });
    const organisationId = newOrganisation();
    const key = await keyOf(world.bus, organisationId);
    const request = { webhook_endpoint: { url: receiver.url() } };
    const created = await waitFor(
      async () => {
        const answer = await call(webhooks, key, 'CreateWebhookEndpoint', request);
        // The key takes a moment to reach it.
        return answer.status === 200 && answer.text;
      },
      { what: 'an endpoint' },
    );
    const { secret, webhook_endpoint } = JSON.parse(created) as {
      secret: string;
      webhook_endpoint: { id: string };
    };
    const told = Array.from({ length: 30 }, (_, n) => ({ organisationId, name: `INV-${n}` }));
    await world.tell(...told);
    await waitFor(() => receiver.received.length >= 10, { what: 'those that are sent at once' });
    webhooks.kill();
    await webhooks.end();
    const log = webhooks.lines.join('\n');
    for (const hidden of [key, secret, secret.slice('whsec_'.length)])
      expect(log).not.toContain(hidden);
    const underWay = [...receiver.ids];
    receiver.answering = status(200);
    // Its claim has ended by then.
    world.advance(3_600_000);
    const replica = await world.replica();
    await waitFor(() => receiver.ids.length === 30, { what: 'all of them' });
    const { deliveries } = replica.as(organisationId);
    const of = { webhookEndpointId: webhook_endpoint.id };
    const all = await waitFor(
      async () => {
        const { webhookDeliveries } = await deliveries.listWebhookDeliveries(of);
        const isDone = (each: (typeof webhookDeliveries)[number]) =>
          each.status === WebhookDeliveryStatus.DELIVERED;
        return webhookDeliveries.every(isDone) && webhookDeliveries;
      },
      { what: 'all to be taken' },
    );
    expect(all.map(({ sequence }) => Number(sequence))).toEqual(
      told.map((_, index) => told.length - index),
    );
    expect([...receiver.ids].sort()).toEqual(told.map(eventIdOf).sort());
    const twice = receiver.received.filter(({ id }) => underWay.includes(id));
    expect(twice.length).toBeGreaterThanOrEqual(2 * underWay.length);
    for (const received of receiver.received.slice(0, 10))
      expect(isVerified(secret, received)).toBe(true);
  } finally {
    await receiver.stop();
    await world.stop();
  }
});

test('it serves on real servers whoever has a key, and ends when told', async () => {
  const alone = await startAlone();
  const key = await newKey(alone);
  const webhooks = await serving(alone);
  const wrong = await call(webhooks, 'br_wrong', 'ListWebhookEndpoints', {});
  expect(wrong).toMatchObject({ status: 401 });
  expect(await call(webhooks, key, 'ListWebhookEndpoints', {})).toEqual({
    status: 200,
    text: '{}',
  });
  // Receivers on this machine are for development.
  const refused = await call(webhooks, key, 'CreateWebhookEndpoint', {
    webhook_endpoint: { url: 'http://127.0.0.1:1/' },
  });
  expect(refused).toMatchObject({ status: 400 });
  expect(await webhooks.stop()).toBe(0);
  expect(webhooks.lines.join('\n')).toContain('stopped');
});

test.each(['nats', 'mongo'] as const)('it ends when told while %s is lost', async (server) => {
  const alone = await startAlone();
  const webhooks = await serving(alone);
  await alone[server].kill();
  expect(await webhooks.stop()).toBe(0);
});

test.each(['nats', 'mongo'] as const)(
  '%s away when it starts is waited for, and then it serves',
  async (server) => {
    const alone = await startAlone();
    await alone[server].kill();
    const { mongodbUrl: MONGODB_URL, natsUrl: NATS_URL } = alone;
    const waiting = (running = new WebhooksProcess({ MONGODB_URL, NATS_URL }));
    await waitFor(() => waiting.lines.some((line) => line.includes('"waiting_for"')), {
      what: 'webhooks to wait',
    });
    expect(waiting.address).toBe('');
    await alone[server].restart();
    await waitFor(() => waiting.address, { what: 'webhooks to serve' });
    expect(await call(waiting, await newKey(alone), 'ListWebhookEndpoints', {})).toMatchObject({
      status: 200,
    });
    expect(await waiting.stop()).toBe(0);
  },
);

test('settings that are missing or wrong are all named, and nothing starts', async () => {
  const wrong = { MONGODB_URL: 'http://nowhere', PORT: 'x', SECRETS_KEYS: 'c2hvcnQ=' };
  running = new WebhooksProcess(wrong);
  expect(await running.end()).toBe(1);
  const log = running.lines.join('\n');
  for (const name of ['MONGODB_URL', 'NATS_URL', 'PORT', 'SECRETS_KEYS'])
    expect(log).toContain(name);
  expect(log).not.toContain('c2hvcnQ=');
});
