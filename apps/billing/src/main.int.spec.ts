import { createKey } from '@billingrails/access';
import type { OrganisationId } from '@billingrails/ids';
import { howMany, waitFor } from '@billingrails/testing';
import { sentMessages } from './testing/billing-messages';
import { openClients, type Clients } from './testing/clients';
import { failureOf } from './testing/failure';
import { SERVICE_KEY } from './testing/keys';
import { killBillingProcesses, startBillingProcess, type BillingProcess } from './testing/process';
import {
  advanceTo,
  at,
  allBills,
  createPlan,
  flatFee,
  subscribe,
  unitFee,
} from './testing/scenario';
import { startWorld, type Replica, type World } from './testing/world';

const organisationId: OrganisationId = 'org_01jd0000000000000000000000';
let world: World;
/** Only its connections are used: another organisation has no test clock, so it closes nothing. */
let observer: Replica;
let key: string;

beforeAll(async () => {
  world = await startWorld();
  observer = await world.replica({ pollMs: 60_000 });
  key = (await createKey(observer.bus, { kind: 'organisation', organisationId, name: 'test' }))
    .secret;
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
});
afterAll(async () => {
  killBillingProcesses();
  await world.stop();
});

const start = (): Promise<BillingProcess> =>
  startBillingProcess({
    MONGODB_URL: world.servers.mongodbUrl,
    MONGODB_DATABASE: 'billing_of_main',
    NATS_URL: world.servers.natsUrl,
    METERING_URL: `dns:///127.0.0.1:${world.meteringServer.port}`,
    SERVICE_KEY,
    LOG_LEVEL: 'info',
    CLOSE_CLAIM_MS: '1000',
    CLOSE_POLL_MS: '20',
    CLOSE_BATCH: '2',
  });

async function withClients<T>(port: number, run: (clients: Clients) => Promise<T>): Promise<T> {
  const clients = openClients(port, key);
  try {
    return await run(clients);
  } finally {
    clients.close();
  }
}

test('killed again and again while it closes, it closes every cycle once and sends each of them', async () => {
  let billing = await start();
  await withClients(billing.port, async (clients) => {
    await clients.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
    const plan = await createPlan(clients, flatFee(), unitFee('mtr_1'));
    for (let i = 0; i < 6; i += 1) await subscribe(clients, plan.id);
  });
  const months = ['2023-02-01', '2023-03-01', '2023-04-01', '2023-05-01'].slice(0, howMany(2, 4));
  for (const [index, month] of months.entries()) {
    // The kill comes between the usage query and the commit, a question later each time.
    let questions = 0;
    let reach = (): void => undefined;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    world.meteringServer.usage = async () => {
      questions += 1;
      if (questions === index + 1) {
        reach();
        await new Promise(() => undefined);
      }
      return { value: '7' };
    };
    await withClients(billing.port, (clients) =>
      clients.testClock.advanceTestClock({ currentTime: at(`${month}T01:00:00Z`) }),
    );
    await reached;
    await billing.kill();
    world.meteringServer.usage = () => ({ value: '7' });
    billing = await start();
    await withClients(billing.port, (clients) => advanceTo(clients, `${month}T01:00:00Z`));
  }

  const periods = await withClients(billing.port, (clients) => allBills(clients));
  expect(new Set(periods.map(({ subscriptionId }) => subscriptionId)).size).toBe(6);
  expect(periods.map(({ cycle }) => cycle)).toEqual(
    Array.from({ length: 6 * months.length }, (_, index) => index % months.length),
  );
  for (const { lines } of periods)
    expect(lines.map(({ exactAmount }) => exactAmount)).toEqual(['20', '3.5']);
  const ids = async () =>
    new Set((await sentMessages(observer.bus)).map(({ messageId }) => messageId));
  await waitFor(async () => (await ids()).size >= 6 * months.length, {
    what: 'a message for each period',
  });
  expect(await ids()).toEqual(new Set(periods.map(({ id }) => id)));
  await billing.kill();
});

test('it lets in only who has a key, and ends by itself when it is asked to', async () => {
  const billing = await start();
  const stranger = openClients(billing.port, 'br_wrong');
  expect((await failureOf(stranger.plans.listPlans({}))).code).toBe('Unauthenticated');
  stranger.close();
  const { plans } = await withClients(billing.port, (clients) => clients.plans.listPlans({}));
  expect(plans).toHaveLength(1);
  expect(await billing.end()).toBe(0);
});
