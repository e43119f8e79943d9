import { create, fromBinary } from '@bufbuild/protobuf';
import {
  AuditActorKind,
  type AuditRecord,
} from '@billingrails/contracts/billingrails/access/v1/audit_pb';
import { AccountService } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import { CancelTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { AuditRecordedSchema } from '@billingrails/contracts/billingrails/bus/v1/audit_recorded_pb';
import { mutate } from '@billingrails/mongo';
import { streamMessages, waitFor } from '@billingrails/testing';
import { at, createPlan, flatFee, newOrganisation, subscribe, unitFee } from '../testing/scenario';
import type { Clients } from '../testing/clients';
import { organisationAuthenticator } from '../testing/keys';
import { failureOf } from '../testing/failure';
import { startWorld, type Replica, type World } from '../testing/world';

let world: World;
let replica: Replica;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
});
afterAll(() => world.stop());

interface Given {
  readonly organisationId: string;
  readonly clients: Clients;
  readonly accountId: string;
  readonly planId: string;
  readonly subscriptionId: string;
  readonly featureId: string;
}

/** Each mutation with one content or another, and how many things of its kind there are. */
interface Mutation {
  run(given: Given, requestId: string, variant: 'a' | 'b'): Promise<unknown>;
  count(given: Given): Promise<number>;
}

const mutations: Record<string, Mutation> = {
  CreateAccount: {
    run: ({ clients }, requestId, name) => clients.accounts.createAccount({ name, requestId }),
    count: async ({ clients }) => (await clients.accounts.listAccounts({})).accounts.length,
  },
  CreatePlan: {
    run: ({ clients }, requestId, name) =>
      clients.plans.createPlan({
        name,
        currencyCode: 'EUR',
        fees: [flatFee(), unitFee('mtr_1')],
        requestId,
      }),
    count: async ({ clients }) => (await clients.plans.listPlans({})).plans.length,
  },
  AddPlanFee: {
    run: ({ clients, planId }, requestId, name) =>
      clients.plans.addPlanFee({ planId, fee: { ...unitFee('mtr_1'), name }, requestId }),
    count: async ({ clients, planId }) =>
      (await clients.plans.getPlan({ planId })).plan?.fees.length ?? 0,
  },
  CreatePlanVersion: {
    run: ({ clients, planId }, requestId, name) =>
      clients.plans.createPlanVersion({ planId, edit: { name }, requestId }),
    count: async ({ clients, planId }) =>
      (await clients.plans.listPlanVersions({ planId })).plans.length,
  },
  CreateSubscription: {
    run: ({ clients, accountId, planId }, requestId, variant) =>
      clients.subscriptions.createSubscription({
        accountId,
        planId,
        allowDuplicate: true,
        timeZone: variant === 'a' ? 'UTC' : 'Europe/Berlin',
        requestId,
      }),
    count: async ({ clients }) =>
      (await clients.subscriptions.listSubscriptions({})).subscriptions.length,
  },
  AddSubscriptionFee: {
    run: ({ clients, subscriptionId }, requestId, name) =>
      clients.subscriptions.addSubscriptionFee({
        subscriptionId,
        fee: { ...flatFee(), name },
        requestId,
      }),
    count: async ({ clients, subscriptionId }) =>
      (await clients.subscriptions.getSubscription({ subscriptionId })).subscription?.fees.length ??
      0,
  },
  CancelSubscription: {
    run: ({ clients, subscriptionId }, requestId, variant) =>
      clients.subscriptions.cancelSubscription({
        subscriptionId,
        timing: variant === 'a' ? CancelTiming.PERIOD_END : CancelTiming.NOW,
        requestId,
      }),
    count: async ({ clients, subscriptionId }) => {
      const { subscription } = await clients.subscriptions.getSubscription({ subscriptionId });
      return Number(subscription?.endTime?.seconds ?? 0);
    },
  },
  CreateFeature: {
    run: ({ clients }, requestId, code) =>
      clients.features.createFeature({
        code,
        name: code,
        meterProfile: { meterId: 'mtr_1' },
        requestId,
      }),
    count: async ({ clients }) => (await clients.features.listFeatures({})).features.length,
  },
  CreateEntitlement: {
    run: ({ clients, planId, featureId }, requestId, variant) =>
      clients.entitlements.createEntitlement({
        featureId,
        grantee: { case: 'planId', value: planId },
        limit: variant === 'a' ? '10' : '20',
        requestId,
      }),
    count: async ({ clients }) =>
      (await clients.entitlements.listEntitlements({})).entitlements.length,
  },
  CreateCreditUnit: {
    run: ({ clients }, requestId, code) =>
      clients.credits.createCreditUnit({
        ...{ code, name: code, requestId },
        rates: [{ meterProfile: { meterId: 'mtr_1' }, amount: '1' }],
      }),
    count: async ({ clients }) => (await clients.credits.listCreditUnits({})).creditUnits.length,
  },
  AdvanceTestClock: {
    run: ({ clients }, requestId, variant) =>
      clients.testClock.advanceTestClock({
        currentTime: at(variant === 'a' ? '2023-01-02T00:00:00Z' : '2023-01-03T00:00:00Z'),
        requestId,
      }),
    count: async ({ clients }) =>
      Number((await clients.testClock.getTestClock({})).testClock?.currentTime?.seconds),
  },
};

async function given(): Promise<Given> {
  const organisationId = newOrganisation();
  world.meteringServer.down = false;
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  const clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
  const { id: planId } = await createPlan(clients, flatFee());
  const { id: subscriptionId, accountId } = await subscribe(clients, planId);
  const { feature } = await clients.features.createFeature({
    code: 'metered',
    name: 'Metered',
    meterProfile: { meterId: 'mtr_1' },
  });
  return {
    organisationId,
    clients,
    planId,
    accountId,
    subscriptionId,
    featureId: feature?.id ?? '',
  };
}

describe.each(Object.entries(mutations))('%s', (_name, { run, count }) => {
  test('answers a repeated request as the first time, and does it once', async () => {
    const world = await given();
    const first = await run(world, 'request-1', 'a');
    const after = await count(world);
    expect(await run(world, 'request-1', 'a')).toEqual(first);
    expect(await count(world)).toBe(after);
  });

  test('refuses a request_id that was used for other content, and does nothing', async () => {
    const world = await given();
    await run(world, 'request-1', 'a');
    const after = await count(world);
    expect(await failureOf(run(world, 'request-1', 'b'))).toMatchObject({
      code: 'AlreadyExists',
      reason: 'REQUEST_ID_REUSED',
    });
    expect(await count(world)).toBe(after);
  });

  test('of the same request ten times at once does it once', async () => {
    const world = await given();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => run(world, 'request-1', 'a')),
    );
    const after = await count(world);
    expect(new Set(answers.map((answer) => JSON.stringify(answer, bigintsAsText))).size).toBe(1);
    expect(await run(world, 'request-1', 'a')).toEqual(answers[0]);
    expect(await count(world)).toBe(after);
  });
});

test('a request that failed may be repeated with the same request_id', async () => {
  const world = await given();
  const create = () =>
    world.clients.subscriptions.createSubscription({
      accountId: 'acct_late',
      planId: world.planId,
      requestId: 'r',
    });
  expect((await failureOf(create())).code).toBe('FailedPrecondition');
  await world.clients.accounts.createAccount({ accountId: 'acct_late', name: 'Late' });
  expect((await create()).subscription?.accountId).toBe('acct_late');
});

test('a repeated request is answered though its meter was archived, or metering is away', async () => {
  const organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  const clients = replica.as(organisationId);
  const create = (requestId: string) =>
    clients.plans.createPlan({
      name: 'Plan',
      currencyCode: 'USD',
      fees: [unitFee('mtr_1')],
      requestId,
    });
  const first = await create('r');
  world.meteringServer.archive(organisationId, 'mtr_1');
  expect(await create('r')).toEqual(first);
  expect((await failureOf(create('other'))).code).toBe('FailedPrecondition');
  world.meteringServer.down = true;
  expect(await create('r')).toEqual(first);
  expect(await failureOf(create('third'))).toMatchObject({
    code: 'Unavailable',
    reason: 'METERING_UNAVAILABLE',
  });
  world.meteringServer.down = false;
});

test('each request is told to the audit log once, from its transaction, with what it was about before and after', async () => {
  const world = await given();
  for (const { run } of Object.values(mutations)) {
    const twice = [await run(world, 'audited', 'a'), await run(world, 'audited', 'a')];
    expect(twice[1]).toEqual(twice[0]);
    await failureOf(run(world, 'audited', 'b'));
  }
  const names = Object.keys(mutations).sort();
  const told = await waitFor(
    async () => {
      const found = await recordsOf(world.organisationId);
      const audited = found.filter(({ requestId }) => requestId === 'audited');
      return audited.length < names.length ? undefined : audited;
    },
    { what: 'the records of all requests' },
  );
  const byName = new Map(told.map((record) => [record.method.split('/')[1] ?? '', record]));
  expect(told.map(({ method }) => method.split('/')[1]).sort()).toEqual(names);
  for (const record of told) {
    expect(record.actor).toMatchObject({
      ...{ keyId: 'key_1', kind: AuditActorKind.ORGANISATION },
      address: expect.stringMatching(/127\.0\.0\.1|::1/),
    });
    expect(record.afterJson).not.toBe('');
  }
  expect(byName.get('CancelSubscription')).toMatchObject({
    objectType: 'billingrails.billing.v1.Subscription',
    objectId: world.subscriptionId,
    beforeJson: expect.not.stringContaining('end_time'),
    afterJson: expect.stringContaining('end_time'),
  });
  const { beforeJson, afterJson } = byName.get('AdvanceTestClock') ?? {};
  const clock = (json = '') => (JSON.parse(json) as Record<string, string>)['current_time'];
  expect([clock(beforeJson), clock(afterJson)]).toEqual([
    ...['2023-01-01T00:00:00Z', '2023-01-02T00:00:00Z'],
  ]);
  // What is new was nothing before.
  const fresh = names.filter((name) => /^Create(?!PlanVersion)/.test(name));
  expect(fresh.map((name) => byName.get(name)?.beforeJson)).toEqual(fresh.map(() => ''));
});

async function recordsOf(organisationId: string): Promise<AuditRecord[]> {
  const messages = await streamMessages(replica.bus.manager, 'AUDIT');
  const records = messages.map(({ data }) => fromBinary(AuditRecordedSchema, data).record);
  return records.filter(
    (record) => record !== undefined && record.organisationId === organisationId,
  ) as AuditRecord[];
}

test('each method has request_ids of its own', async () => {
  const world = await given();
  for (const [name, { run, count }] of Object.entries(mutations)) {
    const before = await count(world);
    await run(world, 'one for all', 'a');
    expect([name, await count(world)]).not.toEqual([name, before]);
  }
});

test('a time zone is stored by its canonical name, and a repeated request is the same in its own words', async () => {
  const { clients, accountId, planId } = await given();
  const allowDuplicate = true;
  const create = (timeZone: string) =>
    clients.subscriptions.createSubscription({
      ...{ accountId, planId, allowDuplicate },
      timeZone,
      requestId: 'z',
    });
  const { subscription } = await create('europe/BERLIN');
  expect(subscription?.timeZone).toBe('Europe/Berlin');
  expect((await create('europe/BERLIN')).subscription).toEqual(subscription);
});

test('two organisations may use the same request_id', async () => {
  const [one, two] = [replica.as(newOrganisation()), replica.as(newOrganisation())];
  const [a, b] = [
    await one.accounts.createAccount({ name: 'One', requestId: 'r' }),
    await two.accounts.createAccount({ name: 'Two', requestId: 'r' }),
  ];
  expect([a.account?.name, b.account?.name]).toEqual(['One', 'Two']);
});

const bigintsAsText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;

test('a request that cannot be prepared, as its first attempt has done it meanwhile, gets the first answer', async () => {
  const method = AccountService.method.createAccount;
  const { mongo } = replica;
  const caller = organisationAuthenticator(newOrganisation());
  const request = create(method.input, { name: 'Acme', requestId: 'slow' });
  const attempt = (requestId: string, prepare: () => Promise<void>) =>
    mutate(mongo, {
      ...{ method, request: { ...request, requestId }, caller, prepare },
      run: async () => ({ account: { id: 'acme' } }),
    });
  const taken = new Error('There is such an account.');
  const second = attempt('slow', async () => {
    await attempt('slow', async () => undefined);
    throw taken;
  });
  expect((await second).account?.id).toBe('acme');
  await expect(attempt('other', () => Promise.reject(taken))).rejects.toBe(taken);
});
