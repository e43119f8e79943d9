import { fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { BILLING, consumeDurable, type Consumption } from '@billingrails/bus';
import {
  AlertDirection,
  AlertPeriod,
  type AlertEvent,
  type AlertFigureSchema,
} from '@billingrails/contracts/billingrails/billing/v1/alert_pb';
import { AccessReason } from '@billingrails/contracts/billingrails/billing/v1/entitlement_service_pb';
import { AlertFiredSchema } from '@billingrails/contracts/billingrails/bus/v1/alert_fired_pb';
import { createLogger } from '@billingrails/log';
import { waitFor } from '@billingrails/testing';
import type { Clients } from '../../testing/clients';
import { changesOf } from '../../testing/changes';
import { failureOf } from '../../testing/failure';
import { SERVICE_KEY } from '../../testing/keys';
import {
  advanceTo,
  at,
  createPlan,
  newOrganisation,
  subscribe,
  unitFee,
} from '../../testing/scenario';
import { killBillingProcesses, startBillingProcess } from '../../testing/process';
import { startWorld, type Replica, type World } from '../../testing/world';

/** A figure in plain fields. */
type Figure = NonNullable<
  Extract<MessageInitShape<typeof AlertFigureSchema>, { $typeName?: never }>['figure']
>;

let world: World;
let replica: Replica;
let consumption: Consumption;
/** The messages on the bus: of each event its id, as often as it came. */
const fired = new Map<string, string[]>();
/** What an account has used since ever, by organisation and account. */
const used = new Map<string, { readonly ms: number; readonly quantity: number }[]>();

beforeAll(async () => {
  world = await startWorld();
  world.meteringServer.usage = ({ organisationId, request }) => {
    const { startTime, endTime, accountIds } = request;
    const [from = NaN, until = NaN] = [startTime, endTime].map((time) => time && timestampMs(time));
    const all = used.get(`${organisationId}/${accountIds[0] ?? ''}`) ?? [];
    const inside = all.filter(({ ms }) => ms >= from && ms < until);
    const sum = inside.reduce((total, { quantity }) => total + quantity, 0);
    return { value: String(sum), eventCount: BigInt(inside.length) };
  };
  replica = await world.replica();
  consumption = await consumeDurable(replica.bus, {
    ...{ stream: BILLING.name, durable: 'test', subject: 'billing.alert_fired' },
    logger: createLogger({ service: 'test', level: 'silent' }),
    handler: async ({ data, messageId }) => {
      const { organisationId, alertEventId } = fromBinary(AlertFiredSchema, data);
      expect(messageId).toBe(alertEventId);
      fired.set(organisationId, [...(fired.get(organisationId) ?? []), alertEventId]);
    },
  });
});
afterAll(async () => {
  killBillingProcesses();
  await consumption.close();
  await world.stop();
});

/** An organisation on a test clock, whose calls cost a dollar each. */
async function given(on: Replica = replica) {
  const organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  const clients = on.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2024-01-01T00:00:00Z') });
  const plan = await createPlan(clients, unitFee('mtr_1', '', '1'));
  /** Usage now or then, of which metering tells; below 0: a correction. */
  const use = async (accountId: string, quantity: number, time = '2024-01-10T00:00:00Z') => {
    const key = `${organisationId}/${accountId}`;
    used.set(key, [...(used.get(key) ?? []), { ms: Date.parse(time), quantity }]);
    await world.counted(organisationId, accountId);
  };
  const create = async (
    figure: Figure,
    ...thresholds: { value: string; direction?: AlertDirection; stopsAccess?: boolean }[]
  ) => {
    const { alert } = await clients.alerts.createAlert({
      ...{ name: 'Alert', figure: { figure }, thresholds },
    });
    return alert?.id ?? '';
  };
  return { organisationId, clients, planId: plan.id, use, create };
}

const usage = (period = AlertPeriod.MONTH) =>
  ({ case: 'usage', value: { meterProfile: { meterId: 'mtr_1' }, period } }) as const;
const spend = (kind: 'spend' | 'forecast' = 'spend', includeChildren = false) =>
  ({ case: kind, value: { currencyCode: 'USD', includeChildren } }) as const;

async function eventsOf(clients: Clients, alertId = ''): Promise<AlertEvent[]> {
  return (await clients.alerts.listAlertEvents({ alertId, pageSize: 1000 })).alertEvents;
}

/** Waits for what has fired; each as "100 at 120 #1". */
async function untilFired(clients: Clients, alertId: string, ...expected: string[]) {
  let texts: string[] = [];
  const look = async () => {
    const events = await eventsOf(clients, alertId);
    texts = events.map(
      ({ threshold, value, occurrence }) => `${threshold?.value} at ${value} #${occurrence}`,
    );
    return texts.length >= expected.length;
  };
  await waitFor(look, { what: `${expected.length} events` });
  expect(texts).toEqual(expected);
}

test('usage that is counted fires once, also on the bus, and again after a correction or in a new period', async () => {
  const { organisationId, clients, planId, use, create } = await given();
  const { accountId } = await subscribe(clients, planId);
  await advanceTo(clients, '2024-01-15T00:00:00Z');
  const alertId = await create(usage(), { value: '100' }, { value: '150.5' });
  await use(accountId, 99);
  await use(accountId, 21);
  await untilFired(clients, alertId, '100 at 120 #1');
  await use(accountId, 1);
  await use(accountId, 39);
  await untilFired(clients, alertId, '100 at 120 #1', '150.5 at 160 #1');
  await use(accountId, -100);
  await use(accountId, 0);
  // Each message is heard after the one before: the figure is seen below first.
  await waitFor(
    async () => {
      const state = await replica.mongo.db
        .collection('alert_states')
        .findOne({ '_id.alertId': alertId });
      return state?.thresholds.every((each: { isArmed: boolean }) => each.isArmed);
    },
    { what: 'the thresholds to be armed again' },
  );
  await use(accountId, 50);
  await untilFired(clients, alertId, '100 at 120 #1', '150.5 at 160 #1', '100 at 110 #2');
  await use(accountId, 200, '2024-02-01T00:00:00Z');
  await advanceTo(clients, '2024-02-02T00:00:00Z');
  await waitFor(async () => (await eventsOf(clients, alertId)).length === 5, { what: 'February' });
  const last = (await eventsOf(clients, alertId)).at(-1);
  expect(last).toMatchObject({ accountId, alertName: 'Alert', value: '200', occurrence: 1 });
  expect(last?.period).toMatchObject({
    startTime: at('2024-02-01T00:00:00Z'),
    endTime: at('2024-03-01T00:00:00Z'),
  });
  const ids = (await eventsOf(clients)).map(({ id }) => id);
  await waitFor(async () => fired.get(organisationId)?.length === ids.length, {
    what: 'the messages',
  });
  expect(fired.get(organisationId)?.sort()).toEqual(ids.sort());
  const told = await changesOf(replica, organisationId, 'alert.fired');
  expect(told.map(({ objectId }) => objectId).sort()).toEqual(ids);
});

test('spend is what the cycle comes to, billed or not; a forecast goes on by the pace so far', async () => {
  const { clients, planId, use, create } = await given();
  const { accountId } = await subscribe(clients, planId);
  await advanceTo(clients, '2024-01-16T12:00:00Z');
  const spent = await create(spend(), { value: '50' }, { value: '60.01' });
  const forecast = await create(spend('forecast'), { value: '110' });
  await use(accountId, 60);
  await untilFired(clients, spent, '50 at 60 #1');
  // Half of the month has passed.
  await untilFired(clients, forecast, '110 at 120 #1');
});

test('a balance of credits fires as it falls, and a share of a limit as it rises', async () => {
  const { clients, use, create } = await given();
  const accountId = 'acct_prepaid';
  await clients.accounts.createAccount({ accountId, name: 'Prepaid' });
  const rates = [{ meterProfile: { meterId: 'mtr_1' }, amount: '1' }];
  const { creditUnit } = await clients.credits.createCreditUnit({ code: 'c', name: 'C', rates });
  const creditUnitId = creditUnit?.id ?? '';
  const { feature } = await clients.features.createFeature({
    ...{ code: 'calls', name: 'Calls', meterProfile: { meterId: 'mtr_1' } },
  });
  const featureId = feature?.id ?? '';
  const grantee = { case: 'accountId', value: accountId } as const;
  await clients.entitlements.createEntitlement({ featureId, grantee, limit: '80' });
  await clients.credits.createCreditGrant({ accountId, creditUnitId, amount: '100' });
  await clients.testClock.advanceTestClock({ currentTime: at('2024-01-20T00:00:00Z') });
  const DOWN = AlertDirection.DOWN;
  const low = await create(
    { case: 'creditBalance', value: { creditUnitId } },
    { value: '40', direction: DOWN },
    { value: '0', direction: DOWN },
  );
  const share = await create({ case: 'limitShare', value: { featureId } }, { value: '80' });
  await use(accountId, 60);
  await untilFired(clients, low, '40 at 40 #1');
  await use(accountId, 10);
  await untilFired(clients, share, '80 at 87.5 #1');
  await clients.credits.createCreditGrant({ accountId, creditUnitId, amount: '50' });
  await waitFor(
    async () => {
      const state = await replica.mongo.db
        .collection('alert_states')
        .findOne({ '_id.alertId': low });
      return state?.thresholds.every((each: { isArmed: boolean }) => each.isArmed);
    },
    { what: 'the top-up to be seen' },
  );
  await clients.testClock.advanceTestClock({ currentTime: at('2024-01-22T00:00:00Z') });
  await use(accountId, 80, '2024-01-21T00:00:00Z');
  await untilFired(clients, low, '40 at 40 #1', '40 at 0 #2', '0 at 0 #1');
});

test('a budget denies metered features of a group by its name until the spend is below it, or the period ends', async () => {
  const { clients, planId, use } = await given();
  const parent = (await clients.accounts.createAccount({ name: 'Parent' })).account?.id ?? '';
  const { accountId } = await subscribe(clients, planId);
  await clients.accounts.updateAccount({ accountId, parentAccountId: parent });
  const codes = { code: 'calls', name: 'Calls', meterProfile: { meterId: 'mtr_1' } };
  for (const draft of [codes, { code: 'sso', name: 'SSO' }]) {
    const { feature } = await clients.features.createFeature(draft);
    const grantee = { case: 'planId', value: planId } as const;
    await clients.entitlements.createEntitlement({ featureId: feature?.id ?? '', grantee });
  }
  await advanceTo(clients, '2024-01-15T00:00:00Z');
  const { alert } = await clients.alerts.createAlert({
    ...{ name: 'Group of Parent', accountId: parent, figure: { figure: spend('spend', true) } },
    thresholds: [{ value: '100', stopsAccess: true }],
  });
  const access = (featureCode: string) =>
    clients.entitlements.checkAccess({ accountId, featureCode });
  const untilAccess = (allowed: boolean) =>
    waitFor(async () => (await access('calls')).allowed === allowed, {
      what: `access: ${allowed}`,
    });
  await use(accountId, 100);
  await untilAccess(false);
  expect(await access('calls')).toMatchObject({
    reason: AccessReason.BUDGET_REACHED,
    explanation: `The budget "Group of Parent" (${alert?.id ?? ''}) is reached.`,
    used: '100',
  });
  expect((await access('sso')).allowed).toBe(true);
  const reserving = clients.reservations.createReservation({
    ...{ accountId, featureCode: 'calls', quantity: '1', requestId: 'r' },
  });
  expect((await reserving).reservation).toBeUndefined();
  await use(accountId, -1);
  await untilAccess(true);
  await use(accountId, 50);
  await untilAccess(false);
  await advanceTo(clients, '2024-02-02T00:00:00Z');
  expect((await access('calls')).allowed).toBe(true);
  await use(accountId, 100, '2024-02-01T00:00:00Z');
  await untilAccess(false);
  await clients.alerts.deleteAlert({ alertId: alert?.id ?? '' });
  expect((await access('calls')).allowed).toBe(true);
  expect(await eventsOf(clients, alert?.id)).toHaveLength(3);
});

test('of replicas that hear the same at once, one of which is killed meanwhile, each account fires once', async () => {
  const second = await world.replica({ alertLookMs: 50 });
  const killed = await startBillingProcess({
    MONGODB_URL: world.servers.mongodbUrl,
    NATS_URL: world.servers.natsUrl,
    METERING_URL: `dns:///127.0.0.1:${world.meteringServer.port}`,
    SERVICE_KEY,
    ALERT_LOOK_MS: '1000',
    LOG_LEVEL: 'info',
  });
  const { organisationId, clients, use, create } = await given(second);
  const accountIds = Array.from({ length: 40 }, (_, n) => `acct_${n}`);
  for (const accountId of accountIds)
    await clients.accounts.createAccount({ accountId, name: accountId });
  await clients.testClock.advanceTestClock({ currentTime: at('2024-01-15T00:00:00Z') });
  const alertId = await create(usage(), { value: '10' });
  for (const [n, accountId] of accountIds.entries()) {
    await use(accountId, 6);
    await Promise.all([use(accountId, 6), world.counted(organisationId, ...accountIds)]);
    if (n === 20) await killed.kill();
  }
  await waitFor(async () => (await eventsOf(clients, alertId)).length >= accountIds.length, {
    what: 'every account to fire',
  });
  await world.counted(organisationId, ...accountIds);
  await second.stop();
  const events = await eventsOf(replica.as(organisationId), alertId);
  expect(events.map(({ accountId }) => accountId).sort()).toEqual([...accountIds].sort());
  await waitFor(async () => (fired.get(organisationId)?.length ?? 0) >= events.length, {
    what: 'the messages',
  });
  expect(fired.get(organisationId)?.sort()).toEqual(events.map(({ id }) => id).sort());
});

test('thresholds are replaced, what was passed is known still, and what does not fit is refused by its field', async () => {
  const { clients, planId, use, create } = await given();
  const { accountId } = await subscribe(clients, planId);
  await advanceTo(clients, '2024-01-15T00:00:00Z');
  const alertId = await create(usage(AlertPeriod.UNSPECIFIED), { value: '10' });
  await use(accountId, 30);
  await untilFired(clients, alertId, '10 at 30 #1');
  const thresholds = [{ value: '10' }, { value: '20' }];
  await clients.alerts.updateAlert({ alertId, name: 'Renamed', thresholds });
  await untilFired(clients, alertId, '10 at 30 #1', '20 at 30 #1');
  expect((await clients.alerts.getAlert({ alertId })).alert).toMatchObject({
    name: 'Renamed',
    figure: { figure: { value: { period: AlertPeriod.BILLING_CYCLE } } },
  });
  const refused = (figure: Figure, ...given: { value: string; stopsAccess?: boolean }[]) =>
    failureOf(create(figure, ...given));
  expect(
    await refused(spend('spend', true), { value: '1.005' }, { value: '1.005', stopsAccess: true }),
  ).toMatchObject({
    reason: 'ALERT_INVALID',
    fields: [
      'figure.spend.include_children',
      'thresholds[0].value',
      'thresholds[1]',
      'thresholds[1].value',
    ],
  });
  expect(await refused(usage(), { value: '1', stopsAccess: true })).toMatchObject({
    fields: ['thresholds[0].stops_access'],
  });
  expect(
    await refused({ case: 'creditBalance', value: { creditUnitId: 'cun_none' } }, { value: '1' }),
  ).toMatchObject({ fields: ['figure.credit_balance.credit_unit_id'] });
});
