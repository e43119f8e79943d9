import {
  WebhookAttemptOutcome,
  WebhookDeliveryStatus,
} from '@billingrails/contracts/billingrails/webhooks/v1/webhook_delivery_pb';
import {
  WebhookDisableReason,
  WebhookPayload,
  type WebhookEndpoint,
} from '@billingrails/contracts/billingrails/webhooks/v1/webhook_endpoint_pb';
import { assert } from '@billingrails/errors';
import { derivedId, type OrganisationId } from '@billingrails/ids';
import { toTimestamp } from '@billingrails/rpc';
import { waitFor } from '@billingrails/testing';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { WebhookEndpointSchema } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_endpoint_pb';
import { failureOf } from '@billingrails/rpc/testing';
import { Code } from '@connectrpc/connect';
import { queueStore } from './store/queues';
import { isVerified, Receiver, status, type Answering } from '../testing/receiver';
import {
  eventIdOf,
  newOrganisation,
  startWorld,
  type Clients,
  type Replica,
  type World,
} from '../testing/world';

const HOUR_MS = 3_600_000;
let world: World;
let replica: Replica;
const receivers: Receiver[] = [];

beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
  await replica.mongo.db.command({ profile: 2 });
});

afterAll(async () => {
  for (const receiver of receivers) await receiver.stop();
  await world?.stop();
});

async function newReceiver(answering: Answering = status(200)): Promise<Receiver> {
  const receiver = await Receiver.start();
  receiver.answering = answering;
  receivers.push(receiver);
  return receiver;
}

/** An endpoint at a receiver, with its secret. */
async function newEndpoint(
  { endpoints }: Clients,
  receiver: Receiver,
  more: MessageInitShape<typeof WebhookEndpointSchema> = {},
): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
  const webhookEndpoint = { url: receiver.url(), ...more };
  const answer = await endpoints.createWebhookEndpoint({ webhookEndpoint });
  assert(answer.webhookEndpoint !== undefined, 'the answer has the endpoint');
  return { endpoint: answer.webhookEndpoint, secret: answer.secret };
}

const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `INV-${n + 1}`);

const invoices = (organisationId: OrganisationId, count: number) =>
  names(count).map((name) => ({ organisationId, name }));

/** Waits until that many different events have come. */
async function came(receiver: Receiver, count: number): Promise<void> {
  await waitFor(() => receiver.ids.length >= count, { what: `${count} events` });
}

/** Waits until nothing of an endpoint waits any more. */
async function done({ deliveries }: Clients, webhookEndpointId: string): Promise<void> {
  const pending = { webhookEndpointId, status: WebhookDeliveryStatus.PENDING };
  await waitFor(
    async () => (await deliveries.listWebhookDeliveries(pending)).webhookDeliveries.length === 0,
    { what: 'all deliveries to end' },
  );
}

async function logOf({ deliveries }: Clients, webhookEndpointId: string) {
  const { webhookDeliveries } = await deliveries.listWebhookDeliveries({ webhookEndpointId });
  return webhookDeliveries.reverse();
}

test('what an endpoint asks for reaches it once, signed and numbered without a gap, however often it is told', async () => {
  const organisationId = newOrganisation();
  const clients = replica.as(organisationId);
  const [full, thin] = [await newReceiver(), await newReceiver()];
  const eventTypes = ['invoice.finalized'];
  const { endpoint, secret } = await newEndpoint(clients, full, { eventTypes });
  const payload = WebhookPayload.THIN;
  const other = await newEndpoint(clients, thin, { eventTypes: ['invoice.*'], payload });
  const told = invoices(organisationId, 30);
  const paid = { ...told[0], organisationId, name: 'INV-1', type: 'invoice.paid' } as const;
  await world.tell(...told.slice(0, 20), paid);
  await world.tell(...told, paid, paid);
  await world.queued();
  await came(full, 30);
  await came(thin, 31);
  for (const { endpoint: each } of [{ endpoint }, other]) await done(clients, each.id);
  expect(full.received.map(({ event }) => Number(event.sequence)).sort((a, b) => a - b)).toEqual(
    told.map((_, index) => index + 1),
  );
  expect([...full.ids].sort()).toEqual(told.map(eventIdOf).sort());
  expect(thin.received).toHaveLength(31);
  for (const received of full.received) expect(isVerified(secret, received)).toBe(true);
  for (const received of thin.received) expect(isVerified(secret, received)).toBe(false);
  const first = full.received.find(({ event }) => event.sequence === '1');
  expect(first?.event).toMatchObject({
    ...{ id: first?.id, type: 'invoice.finalized', account_id: 'acct_1' },
    ...{ object_type: 'billingrails.invoicing.v1.Invoice', timestamp: '2023-11-14T22:13:20Z' },
    data: { '@type': 'type.googleapis.com/billingrails.invoicing.v1.Invoice', number: 'INV-1' },
  });
  expect(thin.received[0]?.event).not.toHaveProperty('data');
  const log = await logOf(clients, endpoint.id);
  expect(log.map(({ sequence }) => Number(sequence))).toEqual(told.map((_, index) => index + 1));
  expect(log[0]).toMatchObject({
    ...{ eventId: first?.id, status: WebhookDeliveryStatus.DELIVERED, attemptCount: 1 },
    attempts: [{ outcome: WebhookAttemptOutcome.DELIVERED, httpStatus: 200 }],
  });
});

test('a receiver that fails, breaks off or lies is sent each event until it has taken it, under one id', async () => {
  const organisationId = newOrganisation();
  const clients = replica.as(organisationId);
  const tries = new Map<string, number>();
  const answers: Answering[] = [
    status(500),
    // Says that it has taken it, and breaks off.
    (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.socket?.resetAndDestroy());
    },
    (response) => response.socket?.destroy(),
    status(302, { location: 'http://169.254.169.254/' }),
    status(200),
  ];
  const receiver = await newReceiver((response, received) => {
    const count = tries.get(received.id) ?? 0;
    tries.set(received.id, count + 1);
    (answers[count] ?? status(200))(response, received);
  });
  const { endpoint } = await newEndpoint(clients, receiver);
  const told = invoices(organisationId, 4);
  await world.tell(...told);
  await waitFor(
    async () => {
      world.advance(60_000);
      const log = await logOf(clients, endpoint.id);
      const taken = log.filter((each) => each.status === WebhookDeliveryStatus.DELIVERED);
      return taken.length === told.length;
    },
    { what: 'every event to be taken' },
  );
  expect([...receiver.ids].sort()).toEqual(told.map(eventIdOf).sort());
  const [first] = await logOf(clients, endpoint.id);
  expect(first?.attempts.map(({ outcome, httpStatus }) => [outcome, httpStatus])).toEqual([
    [WebhookAttemptOutcome.BAD_STATUS, 500],
    [WebhookAttemptOutcome.CONNECTION_FAILED, 200],
    [WebhookAttemptOutcome.CONNECTION_FAILED, 0],
    [WebhookAttemptOutcome.BAD_STATUS, 302],
    [WebhookAttemptOutcome.DELIVERED, 200],
  ]);
});

test('an endpoint that hangs keeps no other waiting, and is sent a few at once', async () => {
  const organisationId = newOrganisation();
  const clients = replica.as(organisationId);
  const held: (() => void)[] = [];
  const hanging = await newReceiver((response) => held.push(() => response.end()));
  const quick = await newReceiver();
  const { endpoint } = await newEndpoint(clients, hanging);
  await newEndpoint(clients, quick);
  await world.tell(...invoices(organisationId, 50));
  await came(hanging, 10);
  await came(quick, 50);
  expect(hanging.received).toHaveLength(10);
  await waitFor(
    async () => {
      for (const answer of held.splice(0)) answer();
      const log = await logOf(clients, endpoint.id);
      return log.every((each) => each.status === WebhookDeliveryStatus.DELIVERED);
    },
    { what: 'the other to take all' },
  );
  expect(hanging.ids).toHaveLength(50);
});

test('after a rotation both secrets sign for the overlap, then the new one; none is stored as it is', async () => {
  const clients = replica.as(newOrganisation());
  const receiver = await newReceiver();
  const { endpoint, secret } = await newEndpoint(clients, receiver);
  const of = { webhookEndpointId: endpoint.id };
  const request = { ...of, requestId: 'rotate' };
  const rotated = await clients.endpoints.rotateWebhookSecret(request);
  expect(await clients.endpoints.rotateWebhookSecret(request)).toEqual(rotated);
  expect(rotated.webhookEndpoint?.secrets.map(({ number }) => number)).toEqual([2, 1]);
  const signedBy = async (): Promise<boolean[]> => {
    const { webhookDelivery } = await clients.endpoints.sendTestWebhook(of);
    const received = await waitFor(
      () => receiver.received.find(({ id }) => id === webhookDelivery?.eventId),
      { what: 'the test event' },
    );
    // The library of receivers looks at the clock of its machine.
    const clock = jest.spyOn(Date, 'now').mockReturnValue(world.nowMs());
    const verified = [secret, rotated.secret].map((each) => isVerified(each, received));
    clock.mockRestore();
    return verified;
  };
  expect(await signedBy()).toEqual([true, true]);
  world.advance(25 * HOUR_MS);
  expect(await signedBy()).toEqual([false, true]);
  const shown = await clients.endpoints.getWebhookEndpoint(of);
  expect(shown.webhookEndpoint?.secrets.map(({ number }) => number)).toEqual([2]);
  for (const { name } of await replica.mongo.db.listCollections().toArray()) {
    if (name.startsWith('system.')) continue;
    const stored = await replica.mongo.db.collection(name).find().toArray();
    const bytes = Buffer.from(JSON.stringify(stored));
    const readable = `${bytes.toString()} ${Buffer.from(JSON.stringify(stored), 'base64').toString('latin1')}`;
    for (const each of [secret, rotated.secret]) expect(readable).not.toContain(each.slice(6));
  }
});

test('an endpoint that fails for 3 days is disabled and others are told; enabled again it is sent what it missed', async () => {
  const organisationId = newOrganisation();
  const clients = replica.as(organisationId);
  const [failing, well] = [await newReceiver(status(500)), await newReceiver()];
  const eventTypes = ['invoice.*'];
  const { endpoint } = await newEndpoint(clients, failing, { eventTypes });
  await newEndpoint(clients, well);
  const startTime = toTimestamp(Date.now() - HOUR_MS);
  await world.tell(...invoices(organisationId, 3));
  await came(well, 3);
  const notice = await waitFor(
    () => {
      world.advance(HOUR_MS);
      return well.received.find(({ event }) => event.type === 'webhook_endpoint.disabled');
    },
    { what: 'the notice' },
  );
  expect(notice.event['data']).toMatchObject({
    ...{ id: endpoint.id, disabled: true, disable_reason: 'WEBHOOK_DISABLE_REASON_FAILING' },
  });
  const of = { webhookEndpointId: endpoint.id };
  const { webhookEndpoint } = await clients.endpoints.getWebhookEndpoint(of);
  expect(webhookEndpoint?.disableReason).toBe(WebhookDisableReason.FAILING);
  expect(await failureOf(clients.endpoints.sendTestWebhook(of))).toMatchObject({
    reason: 'WEBHOOK_ENDPOINT_DISABLED',
  });
  await world.tell(...invoices(organisationId, 5));
  await came(well, 6);
  failing.answering = status(200);
  failing.received.length = 0;
  const again = { url: failing.url(), eventTypes };
  await clients.endpoints.updateWebhookEndpoint({ ...of, webhookEndpoint: again });
  let pageToken = '';
  do {
    const request = { ...of, startTime, undeliveredOnly: true, pageSize: 2, pageToken };
    pageToken = (await clients.deliveries.replayWebhookEvents(request)).nextPageToken;
  } while (pageToken !== '');
  await came(failing, 5);
  await done(clients, endpoint.id);
  const log = await logOf(clients, endpoint.id);
  expect(log.map(({ sequence }) => Number(sequence))).toEqual([1, 2, 3, 4, 5]);
  expect(new Set(log.map(({ eventId }) => eventId))).toEqual(
    new Set(invoices(organisationId, 5).map(eventIdOf)),
  );
});

test('of turns of one endpoint that overlap, the one that began first says since when it fails', async () => {
  const { client } = replica.mongo;
  const queues = queueStore(client.db('overlapping_turns'));
  const session = client.startSession();
  const endpointId = derivedId('whe', 'overlapping');
  const organisationId = newOrganisation();
  await queues.insert({ endpointId, organisationId, open: true }, session);
  await queues.wake(endpointId, 1_000, session);
  const claim = { owner: 'replica', failing: false, ttlMs: 10 };
  const [first, second] = [
    await queues.claim({ ...claim, nowMs: 1_000 }),
    await queues.claim({ ...claim, nowMs: 2_000 }),
  ];
  assert(first !== undefined && second !== undefined, 'a claim ends by itself');
  const failed = { failedTurns: 1, recovered: false, nextMs: 3_000 };
  await queues.release(first, 'replica', { ...failed, failingSinceMs: 1_000 });
  const sinceMs = async () =>
    (await queues.of(organisationId, [endpointId])).get(endpointId)?.failingSinceMs;
  for (const failingSinceMs of [2_000, undefined]) {
    const again = await queues.claim({ ...claim, failing: true, nowMs: 4_000 });
    assert(again !== undefined, 'it is due again');
    const since = failingSinceMs === undefined ? {} : { failingSinceMs };
    await queues.release(again, 'replica', { ...failed, ...since });
    expect(await sinceMs()).toBe(1_000);
  }
  const last = await queues.claim({ ...claim, failing: true, nowMs: 5_000 });
  assert(last !== undefined, 'it is due again');
  await queues.release(last, 'replica', { failedTurns: 0, recovered: true });
  expect(await sinceMs()).toBeUndefined();
  await session.endSession();
});

test('a receiver that says it is gone is disabled at once', async () => {
  const organisationId = newOrganisation();
  const clients = replica.as(organisationId);
  const { endpoint } = await newEndpoint(clients, await newReceiver(status(410)));
  await world.tell(...invoices(organisationId, 1));
  const webhookEndpointId = endpoint.id;
  const disabled = await waitFor(
    async () => {
      const { webhookEndpoint } = await clients.endpoints.getWebhookEndpoint({ webhookEndpointId });
      return webhookEndpoint?.disabled === true && webhookEndpoint;
    },
    { what: 'it to be disabled' },
  );
  expect(disabled.disableReason).toBe(WebhookDisableReason.GONE);
});

test('one delivery or a time can be replayed, under the same ids and sequences', async () => {
  const organisationId = newOrganisation();
  const clients = replica.as(organisationId);
  const receiver = await newReceiver();
  const { endpoint } = await newEndpoint(clients, receiver);
  const startTime = toTimestamp(Date.now() - HOUR_MS);
  await world.tell(...invoices(organisationId, 3));
  await came(receiver, 3);
  await done(clients, endpoint.id);
  const before = receiver.ids;
  const [first] = await logOf(clients, endpoint.id);
  await clients.deliveries.replayWebhookDelivery({ webhookDeliveryId: first?.id ?? '' });
  await waitFor(() => receiver.received.length === 4, { what: 'one again' });
  expect(receiver.received[3]?.id).toBe(first?.eventId);
  const of = { webhookEndpointId: endpoint.id, startTime, requestId: 'replay' };
  const answer = await clients.deliveries.replayWebhookEvents(of);
  expect(answer).toMatchObject({ deliveryCount: 3, nextPageToken: '' });
  await waitFor(() => receiver.received.length === 7, { what: 'all again' });
  await done(clients, endpoint.id);
  expect(await clients.deliveries.replayWebhookEvents(of)).toEqual(answer);
  expect(receiver.ids).toEqual(before);
  const log = await logOf(clients, endpoint.id);
  expect(log.map(({ attemptCount }) => attemptCount)).toEqual([3, 2, 2]);
  const none = { webhookEndpointId: endpoint.id, startTime, undeliveredOnly: true };
  expect(await clients.deliveries.replayWebhookEvents(none)).toMatchObject({ deliveryCount: 0 });
});

test('what is kept of a test account goes with it', async () => {
  const organisationId = newOrganisation();
  const clients = replica.as(organisationId);
  const receiver = await newReceiver();
  const { endpoint } = await newEndpoint(clients, receiver);
  const tests = { organisationId, name: 'TEST-1', accountId: 'acct_test', isTest: true };
  await world.tell(tests, { organisationId, name: 'INV-1' });
  await came(receiver, 2);
  expect(receiver.received.map(({ event }) => event['is_test'] ?? false).sort()).toEqual([
    false,
    true,
  ]);
  await done(clients, endpoint.id);
  await world.deleteAccount(organisationId, 'acct_test');
  await waitFor(async () => (await logOf(clients, endpoint.id)).length === 1, {
    what: 'the log without it',
  });
});

test('another organisation sees and changes nothing', async () => {
  const organisationId = newOrganisation();
  const owner = replica.as(organisationId);
  const stranger = replica.as(newOrganisation());
  const receiver = await newReceiver();
  const { endpoint } = await newEndpoint(owner, receiver);
  await world.tell(...invoices(organisationId, 1));
  await came(receiver, 1);
  await done(owner, endpoint.id);
  const before = await owner.endpoints.listWebhookEndpoints({});
  const [delivery] = await logOf(owner, endpoint.id);
  const of = { webhookEndpointId: endpoint.id };
  const webhookDeliveryId = delivery?.id ?? '';
  const webhookEndpoint = { url: 'https://example.com/' };
  const startTime = toTimestamp(0);
  for (const call of [
    stranger.endpoints.getWebhookEndpoint(of),
    stranger.endpoints.updateWebhookEndpoint({ ...of, webhookEndpoint }),
    stranger.endpoints.deleteWebhookEndpoint(of),
    stranger.endpoints.rotateWebhookSecret(of),
    stranger.endpoints.sendTestWebhook(of),
    stranger.deliveries.getWebhookDelivery({ webhookDeliveryId }),
    stranger.deliveries.listWebhookDeliveries(of),
    stranger.deliveries.replayWebhookDelivery({ webhookDeliveryId }),
    stranger.deliveries.replayWebhookEvents({ ...of, startTime }),
  ])
    expect((await failureOf(call)).code).toBe(Code.NotFound);
  expect((await stranger.endpoints.listWebhookEndpoints({})).webhookEndpoints).toEqual([]);
  expect(await owner.endpoints.listWebhookEndpoints({})).toEqual(before);
  expect(receiver.received).toHaveLength(1);
  await owner.endpoints.deleteWebhookEndpoint(of);
  expect((await failureOf(owner.deliveries.getWebhookDelivery({ webhookDeliveryId }))).code).toBe(
    Code.NotFound,
  );
});

test('an endpoint that cannot be kept names all that is wrong, and there are at most 50', async () => {
  const clients = replica.as(newOrganisation());
  const create = (url: string, eventTypes: string[] = []) =>
    clients.endpoints.createWebhookEndpoint({ webhookEndpoint: { url, eventTypes } });
  expect(await failureOf(create('http://example.com/', ['invoice.payed', 'invoice.*']))).toEqual({
    ...{ code: Code.InvalidArgument, reason: 'WEBHOOK_ENDPOINT_INVALID' },
    fields: ['webhook_endpoint.url', 'webhook_endpoint.event_types[0]'],
  });
  for (let count = 0; count < 50; count += 1) await create('https://example.com/');
  expect(await failureOf(create('https://example.com/'))).toMatchObject({
    reason: 'TOO_MANY_WEBHOOK_ENDPOINTS',
  });
});

test('none of these queries scans a collection or sorts in memory, and the metrics say what waits', async () => {
  const { db } = replica.mongo;
  await db.command({ profile: 0 });
  const operations = await db
    .collection('system.profile')
    .find({ ns: { $regex: '^webhooks\\.(?!system)' }, planSummary: { $exists: true } })
    .toArray();
  const bad = operations.filter(
    ({ command, planSummary, hasSortStage }) =>
      // The test above that reads everything.
      JSON.stringify(command?.filter) !== '{}' &&
      (/COLLSCAN/.test(String(planSummary)) || hasSortStage === true),
  );
  expect(
    bad.map(({ ns, planSummary, command }) => [ns, planSummary, JSON.stringify(command)]),
  ).toEqual([]);
  expect(operations.length).toBeGreaterThan(100);
  const metrics = await (await fetch(`${replica.address}/metrics`)).text();
  expect(metrics).toMatch(/^billingrails_webhooks_attempts_total\{outcome="delivered"\} [1-9]/m);
  expect(metrics).toMatch(/^billingrails_webhooks_waiting_endpoints \d+$/m);
  expect(metrics).toMatch(/^billingrails_webhooks_failing_endpoints \d+$/m);
});
