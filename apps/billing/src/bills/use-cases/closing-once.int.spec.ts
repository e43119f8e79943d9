import { derivedId, type OrganisationId, type SubscriptionId } from '@billingrails/ids';
import { inTransaction } from '@billingrails/mongo';
import { howMany, waitFor } from '@billingrails/testing';
import { expectPosted, sentMessages } from '../../testing/billing-messages';
import {
  advanceTo,
  at,
  allBills,
  createPlan,
  flatFee,
  newOrganisation,
  subscribe,
  unitFee,
} from '../../testing/scenario';
import { startWorld, type World } from '../../testing/world';
import type { Metering } from '../../usage/metering';
import { dueOf } from '../../schedule/domain/due-of';
import type { Claim } from '../../schedule/store/due-doc';
import { openStores } from '../../store/stores';
import { closeAll, type CloseParts, type CloseTimes } from './close';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(() => {
  world.meteringServer.usage = () => ({ value: '7', eventCount: 3n });
  world.meteringServer.down = false;
});

/** Nothing falls due again. */
const inTheFuture: CloseTimes['dueOf'] = Object.assign(
  ({ ms: atMs }: { readonly ms: number }) => {
    return { clock: 'real', atMs, dueMs: Date.UTC(2200, 0) } as const;
  },
  { clock: 'real' } as const,
);
const settings = {
  graceMs: 0,
  adjustCycles: 0,
  joinTries: 10,
  settleMs: 0,
  heard: async () => undefined,
};

test('of two replicas that close the same cycle at the same time exactly one does, again and again', async () => {
  const races = howMany(15, 50);
  const [one, two] = [
    await world.replica({ pollMs: 60_000 }),
    await world.replica({ pollMs: 60_000 }),
  ];
  const organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_race', 'calls');
  const clients = one.as(organisationId);
  const plan = await createPlan(clients, flatFee(), unitFee('mtr_race'));
  const { id } = await subscribe(clients, plan.id, { start: new Date().toISOString() });

  const replicas = [one, two].map(({ mongo, metering }) => ({
    ...openStores(mongo.db, Date.now, { claimMs: 30_000, joinTries: 10 }),
    ...settings,
    mongo,
    metering,
  }));
  const times: CloseTimes = {
    closeMs: Date.UTC(2100, 0),
    dueOf: inTheFuture,
  };
  for (let cycle = 0; cycle < races; cycle += 1) {
    const subscription = await replicas[0]?.subscriptions.find(organisationId, id);
    expect(subscription?.cycle).toBe(cycle);
    const claim = { organisationId, subscription, attempts: 1 } as Claim;
    const outcomes = await Promise.all(replicas.map((parts) => close(parts, claim, times)));
    expect(outcomes.sort()).toEqual(['billed', 'overtaken']);
  }
  const periods = await allBills(clients, id);
  expect(periods.map((period) => period.cycle)).toEqual(
    Array.from({ length: races }, (_, cycle) => cycle),
  );
  const ids = periods.map((period) => period.id);
  expect(ids).toEqual(
    periods.map(({ cycle }) => derivedId('bill', organisationId, id, String(cycle))),
  );
  const mine = async () => {
    const sent = await sentMessages(one.bus);
    return sent
      .filter(({ content }) => content.organisationId === organisationId)
      .map(({ messageId }) => messageId);
  };
  await waitFor(async () => (await mine()).length >= races, { what: 'a message each' });
  expect(await mine()).toEqual(ids);
  await Promise.all([one.stop(), two.stop()]);
});

test('two replicas close a year of many subscriptions once each, and every message says what the period holds', async () => {
  const count = howMany(8, 20);
  const [one, two] = [await world.replica({ pollMs: 5 }), await world.replica({ pollMs: 5 })];
  const organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_year', 'calls');
  const clients = one.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2023-01-31T00:00:00Z') });
  const plan = await createPlan(clients, flatFee('10'), unitFee('mtr_year'));
  for (let i = 0; i < count; i += 1) await subscribe(clients, plan.id);
  await advanceTo(clients, '2024-01-31T00:00:00Z');

  const periods = await allBills(clients);
  expect(periods).toHaveLength(12 * count);
  expect(new Set(periods.map(({ id }) => id)).size).toBe(12 * count);
  expect(
    new Set(periods.map(({ subscriptionId, cycle }) => `${subscriptionId}/${cycle}`)).size,
  ).toBe(12 * count);
  for (const period of periods)
    expect(period.lines.map(({ exactAmount }) => exactAmount)).toEqual(['10', '3.5']);

  const mine = async () =>
    (await sentMessages(one.bus)).filter(
      ({ content }) => content.organisationId === organisationId,
    );
  await waitFor(async () => (await mine()).length >= 12 * count, { what: 'a message each' });
  const sent = await mine();
  expect(sent).toHaveLength(12 * count);
  const byId = new Map(periods.map((period) => [period.id, period]));
  for (const { subject, messageId, content } of sent) {
    expect(subject).toBe('billing.bill_posted');
    expectPosted(content, byId.get(messageId));
  }
  await Promise.all([one.stop(), two.stop()]);
});

test('of subscriptions that close together, one that was billed meanwhile drops out and the others go on', async () => {
  const replica = await world.replica({ pollMs: 60_000 });
  const organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  const clients = replica.as(organisationId);
  const plan = await createPlan(clients, flatFee(), unitFee('mtr_1'));
  for (let i = 0; i < 4; i += 1)
    await subscribe(clients, plan.id, { start: new Date().toISOString() });
  const stores = openStores(replica.mongo.db, Date.now, { claimMs: 0, joinTries: 10 });
  const parts = { ...stores, ...settings, ...replica };
  const times: CloseTimes = {
    closeMs: Date.UTC(2100, 0),
    dueOf: inTheFuture,
  };
  const present = {
    clock: 'real',
    presentMs: Date.UTC(2100, 0),
    nowMs: Date.UTC(2100, 0),
  } as const;
  const claims = await stores.due.claim(organisationId, present, 10);
  expect(claims).toHaveLength(4);
  expect(await close(parts, claims[2] as Claim, times)).toBe('billed');
  const asked = world.meteringServer.askedBy(organisationId).length;
  const outcomes = await closeAll(parts, organisationId, claims, times);
  expect(outcomes).toEqual(['billed', 'billed', 'overtaken', 'billed']);
  // What is the same for all was one question.
  expect(world.meteringServer.askedBy(organisationId).length).toBeLessThanOrEqual(asked + 4);
  const bills = await allBills(clients);
  expect(new Set(bills.map(({ subscriptionId }) => subscriptionId)).size).toBe(4);
  expect(bills).toHaveLength(4);
  await replica.stop();
});

test('a replica that hangs between the usage and the commit is replaced, and its late commit changes nothing', async () => {
  const replica = await world.replica({ claimMs: 200 });
  const organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_slow', 'calls');
  const clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
  await subscribe(clients, (await createPlan(clients, unitFee('mtr_slow'))).id);
  const end = '2023-02-01T00:00:00Z';
  world.meteringServer.usage = answers(organisationId, '1', '2');
  const gate = holdAnswers(replica.metering);

  // The slow one has claimed the cycle and knows its usage.
  const stores = openStores(replica.mongo.db, Date.now, { claimMs: 200, joinTries: 10 });
  const endMs = Date.parse(end);
  const present = { clock: 'test', presentMs: endMs, nowMs: Date.now() } as const;
  const [claim] = await stores.due.claim(organisationId, present, 1);
  const times: CloseTimes = { closeMs: endMs, dueOf: dueOf('test', 0) };
  const parts = { ...stores, ...settings, ...replica, metering: gate.metering };
  const late = close(parts, claim as Claim, times);
  await gate.reached;

  await advanceTo(clients, end);
  const before = await allBills(clients);
  expect(before.map(({ lines }) => lines[0]?.quantity)).toEqual(['2']);
  gate.release();
  expect(await late).toBe('overtaken');
  expect(await allBills(clients)).toEqual(before);
  await replica.stop();
});

test('a replica that stops while it waits for usage leaves the cycle to others at once', async () => {
  const [leaving, staying] = [
    await world.replica({ pollMs: 5, claimMs: 3_600_000 }),
    await world.replica({ pollMs: 3_600_000, claimMs: 3_600_000 }),
  ];
  const organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_stop', 'calls');
  const clients = staying.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
  await subscribe(clients, (await createPlan(clients, unitFee('mtr_stop'))).id);
  const gate = holdFirst(world, organisationId, '1', '2');
  // Asked of the leaving one, so that it alone is nudged.
  await leaving
    .as(organisationId)
    .testClock.advanceTestClock({ currentTime: at('2023-02-01T00:00:00Z') });
  await gate.reached;
  await leaving.stop();
  gate.release();
  // Neither the claim's end nor the next look comes while this waits.
  await advanceTo(clients, '2023-02-01T00:00:00Z');
  expect((await allBills(clients)).map(({ lines }) => lines[0]?.quantity)).toEqual(['2']);
  await staying.stop();
});

test('a claim is held by one replica until it runs out, and given back by a failure', async () => {
  const replica = await world.replica({ pollMs: 60_000, settleMs: 0 });
  const organisationId = newOrganisation();
  const clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
  await subscribe(clients, (await createPlan(clients, flatFee())).id);
  const { due: claims } = openStores(replica.mongo.db, Date.now, { claimMs: 1000, joinTries: 10 });
  const endMs = Date.parse('2023-02-01T00:00:00Z');
  const nowMs = Date.now();
  const claimAt = async (presentMs: number, realMs: number) => {
    const present = { clock: 'test', presentMs, nowMs: realMs } as const;
    const [claim] = await claims.claim(organisationId, present, 10);
    return claim;
  };

  expect(await claimAt(endMs - 1, nowMs)).toBeUndefined();
  const first = await claimAt(endMs, nowMs);
  expect(first).toMatchObject({ organisationId, attempts: 1, subscription: { cycle: 0 } });
  expect(await claimAt(endMs, nowMs + 999)).toBeUndefined();
  expect(await claimAt(endMs, nowMs + 1000)).toMatchObject({ attempts: 2 });
  await claims.postpone(organisationId, [{ claim: first as Claim, dueMs: nowMs + 5000 }]);
  expect(await claimAt(endMs, nowMs + 4999)).toBeUndefined();
  expect(await claimAt(endMs, nowMs + 5000)).toMatchObject({ attempts: 3 });
  await replica.stop();
});

test('what is set to fall due as it did collides with a claim made meanwhile, so that no claim outlasts its reason', async () => {
  const replica = await world.replica({ pollMs: 60_000, settleMs: 0 });
  const organisationId = newOrganisation();
  const clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
  const { id } = await subscribe(clients, (await createPlan(clients, flatFee())).id);
  const { due } = openStores(replica.mongo.db, Date.now, { claimMs: 30_000, joinTries: 10 });
  const times = { clock: 'test', atMs: Date.parse('2023-02-01T00:00:00Z'), dueMs: 0 } as const;
  const present = { clock: 'test', presentMs: times.atMs, nowMs: Date.now() } as const;
  let claimed = 0;
  await inTransaction(replica.mongo, async (session) => {
    expect(await due.hasDue(organisationId, present, session)).toBe(true);
    claimed += (await due.claim(organisationId, present, 10)).length;
    await due.set(organisationId, [{ id: id as SubscriptionId, times }], session);
  });

  // Begun again after the collision, it set what the claim had taken; so that is free.
  expect(claimed).toBe(1);
  expect(await due.claim(organisationId, present, 10)).toHaveLength(1);
  await replica.stop();
});

/** Closes one claim alone. */
async function close(parts: CloseParts, claim: Claim, times: CloseTimes) {
  const [outcome] = await closeAll(parts, claim.organisationId, [claim], times);
  return outcome;
}

/** Holds the organisation's first usage query until it is released; all others are answered at once. */
function holdFirst(
  { meteringServer }: World,
  organisationId: OrganisationId,
  first: string,
  others: string,
) {
  let release = (): void => undefined;
  let reach = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  let questions = 0;
  meteringServer.usage = async (asked) => {
    if (asked.organisationId === organisationId) questions += 1;
    if (questions > 1) return { value: others };
    reach();
    await released;
    return { value: first };
  };
  return { reached, release };
}

/** What metering answers for an organisation at first, and from then on. */
function answers(organisationId: OrganisationId, first: string, later: string) {
  let questions = 0;
  return async (asked: { readonly organisationId: string }) => {
    if (asked.organisationId === organisationId) questions += 1;
    return { value: questions > 1 ? later : first };
  };
}

/** Metering whose answers are held back once they are there, for longer than any call lasts. */
function holdAnswers(metering: Metering) {
  let release = (): void => undefined;
  let reach = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const usages: Metering['usages'] = async (question) => {
    const found = await metering.usages(question);
    reach();
    await released;
    return found;
  };
  return { metering: { ...metering, usages }, reached, release };
}
