/**
 * Measures how many webhooks a second go from stream CHANGES to receivers, beside bare posts of such bodies by the same
 * client, as many at once, in turns. Prints a line of JSON for each figure.
 *
 *   node --import tsx bench/bench.ts [--rounds 3] [--deliveries 3000]
 */
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createKey } from '@billingrails/access';
import {
  AUDIT,
  CHANGES,
  connectBus,
  ensureStream,
  objectChanged,
  publishAllOnce,
} from '@billingrails/bus';
import { InvoiceSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import { WebhookEndpointService } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_endpoint_service_pb';
import { createIdSource, derivedId, type AccountId, type OrganisationId } from '@billingrails/ids';
import { createLogger } from '@billingrails/log';
import { createRpcClient } from '@billingrails/rpc';
import { startServers, waitFor } from '@billingrails/testing';
import { createSender } from '../src/sending/sender';
import { Receiver } from '../src/testing/receiver';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    deliveries: { type: 'string', default: '3000' },
  },
});
const rounds = Number(options.rounds);
const count = Number(options.deliveries);
/** As ENDPOINT_CONCURRENCY has it. */
const AT_ONCE = 10;
const BATCH = 500;
const TIMEOUT_MS = 15_000;

// What runs in production, not what tsx makes of the sources.
execFileSync(process.execPath, ['../../tools/bundle.mjs']);
const servers = await startServers({ mongo: true, nats: true });
const logger = createLogger({ service: 'bench', level: 'silent' });
const bus = await connectBus({ url: servers.natsUrl, name: 'bench', logger });
await ensureStream(bus, CHANGES);
await ensureStream(bus, AUDIT);
const child = spawn(
  process.execPath,
  ['--enable-source-maps', '../../dist/apps/webhooks/main.mjs'],
  {
    env: {
      ...{ PATH: process.env['PATH'], PORT: '0', LOOPBACK_ENDPOINTS: 'allowed' },
      ...{ MONGODB_URL: servers.mongodbUrl, NATS_URL: servers.natsUrl },
      SECRETS_KEYS: Buffer.alloc(32, 1).toString('base64'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
process.once('exit', () => child.kill('SIGKILL'));
let address = '';
createInterface(child.stdout).on('line', (line) => {
  address ||= /"address":"([^"]+)".*"listening"/.exec(line)?.[1] ?? '';
});
const serving = await waitFor(() => address, { what: 'webhooks to serve' });
const ids = createIdSource(Date.now, Math.random);
const receiver = await Receiver.start();

for (const endpoints of [1, 20]) {
  const values: number[] = [];
  const baselines: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    values.push(await delivered(endpoints));
    baselines.push(await posted(endpoints));
  }
  const [value, baseline] = [median(values), median(baselines)];
  const name = `${endpoints} ${endpoints === 1 ? 'endpoint' : 'endpoints'}`;
  const ratio = Number((value / baseline).toFixed(2));
  console.log(JSON.stringify({ name, value, unit: '/s', baseline, ratio, deliveries: count }));
}
child.kill('SIGTERM');
await receiver.stop();
await bus.close();
await servers.stop();

/** From the first change that is told to the last webhook that is taken, by the endpoints of one organisation. */
async function delivered(endpoints: number): Promise<number> {
  const organisationId = ids.next('org');
  const { secret: key } = await createKey(bus, {
    ...{ kind: 'organisation', organisationId, name: 'bench' },
  });
  const url = `dns:///${new URL(serving).host}`;
  const { client, close } = createRpcClient(WebhookEndpointService, { url, key });
  for (let n = 0; n < endpoints; n += 1) {
    const webhookEndpoint = { url: receiver.url() };
    const create = () => client.createWebhookEndpoint({ webhookEndpoint, requestId: `${n}` });
    // The key takes a moment to reach the service.
    await waitFor(create, { what: 'an endpoint' });
  }
  close();
  receiver.received.length = 0;
  const beganMs = performance.now();
  const changes = Math.ceil(count / endpoints);
  for (let n = 0; n < changes; n += BATCH) {
    const told = Array.from({ length: Math.min(BATCH, changes - n) }, (_, m) =>
      change(organisationId, n + m),
    );
    await publishAllOnce(bus, told);
  }
  const wanted = changes * endpoints;
  const isDone = () => receiver.received.length >= wanted;
  await waitFor(isDone, { what: 'all webhooks', intervalMs: 5 });
  return perSecond(wanted, beganMs);
}

/** The same number of posts of such bodies, as many at once, with nothing around. */
async function posted(endpoints: number): Promise<number> {
  const body = receiver.received[0]?.body ?? '';
  receiver.received.length = 0;
  const rules = { loopback: true };
  const resolve = () => Promise.reject(new Error('Nothing is resolved here.'));
  const sender = createSender({ resolve, rules, timeoutMs: TIMEOUT_MS });
  const beganMs = performance.now();
  const each = Math.ceil(count / endpoints);
  const all = Array.from({ length: endpoints }, async () => {
    const connection = sender.open();
    let left = each;
    const one = async (): Promise<void> => {
      while ((left -= 1) >= 0)
        await connection.post({
          ...{ url: receiver.url(), body, headers: { 'webhook-id': 'evt_1' } },
        });
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    await connection.close();
  });
  await Promise.all(all);
  return perSecond(each * endpoints, beganMs);
}

function change(organisationId: OrganisationId, n: number) {
  const objectId = derivedId('inv', organisationId, String(n));
  const amount = { currencyCode: 'USD', amount: '1234.56' };
  const { id, subject, data } = objectChanged({
    ...{ type: 'invoice.finalized', organisationId, accountId: 'acct_1' as AccountId, objectId },
    schema: InvoiceSchema,
    object: { id: objectId, number: `INV-${n}`, accountId: 'acct_1', total: amount },
    ...{ isTest: false, occurMs: Date.now(), createMs: Date.now() },
  });
  return { subject, data, messageId: id };
}

function perSecond(number: number, beganMs: number): number {
  return Math.round((1_000 * number) / (performance.now() - beganMs));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
