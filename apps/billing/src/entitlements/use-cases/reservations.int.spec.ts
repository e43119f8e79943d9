import { createKey } from '@billingrails/access';
import { AccessReason } from '@billingrails/contracts/billingrails/billing/v1/entitlement_service_pb';
import { LimitKind } from '@billingrails/contracts/billingrails/billing/v1/feature_pb';
import { ReservationState } from '@billingrails/contracts/billingrails/billing/v1/reservation_pb';
import type { OrganisationId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { inTransaction } from '@billingrails/mongo';
import { howMany, randomSeed, seededRandom } from '@billingrails/testing';
import { openStores } from '../../store/stores';
import { openClients, type Clients } from '../../testing/clients';
import { failureOf } from '../../testing/failure';
import { SERVICE_KEY } from '../../testing/keys';
import { killBillingProcesses, startBillingProcess } from '../../testing/process';
import { Replicas, ReservationLedger } from '../../testing/reservation-ledger';
import { at, newOrganisation } from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';
import type { SettledHold } from '../domain/holds';
import type { HoldsKey } from '../store/holds';

const NOON = '2024-02-10T12:00:00Z';
let world: World;
let replica: Replica;
let organisationId: OrganisationId;
let clients: Clients;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
});
afterAll(async () => {
  killBillingProcesses();
  await world.stop();
});
beforeEach(async () => {
  organisationId = newOrganisation();
  clients = replica.as(organisationId);
  metering(organisationId, []);
  await clients.testClock.createTestClock({ currentTime: at(NOON) });
});

/** Metering has counted these events. */
function metering(of: OrganisationId, events: readonly { key: string; quantity: string }[]): void {
  const { meteringServer } = world;
  if (of === organisationId) meteringServer.addMeter(of, 'mtr_1', 'tokens');
  meteringServer.usage = () => {
    const sum = events.reduce((total, { quantity }) => total.add(decimal(quantity)), decimal('0'));
    return { value: decimalText(sum) };
  };
  meteringServer.known = (_asker, keys) =>
    new Map(events.flatMap(({ key }) => (keys.includes(key) ? [[key, Date.parse(NOON) - 1]] : [])));
}

/** An account that may use so much of "tokens" for ever. */
async function granted(of: Clients, limit: string, more: object = {}): Promise<string> {
  const { feature } = await of.features.createFeature({
    ...{ code: 'tokens', name: 'Tokens', meterProfile: { meterId: 'mtr_1' } },
  });
  const { account } = await of.accounts.createAccount({ name: 'Account' });
  const accountId = account?.id ?? '';
  await of.entitlements.createEntitlement({
    ...{ featureId: feature?.id ?? '', grantee: { case: 'accountId', value: accountId }, limit },
    ...more,
  });
  return accountId;
}

const reserve = (accountId: string, quantity: string, more: object = {}) =>
  clients.reservations.createReservation({ accountId, featureCode: 'tokens', quantity, ...more });
const check = (accountId: string, quantity = '') =>
  clients.entitlements.checkAccess({ accountId, featureCode: 'tokens', quantity });

test('what is reserved counts as used until it is released, settled or expires', async () => {
  const accountId = await granted(clients, '10');
  const { reservation: one, access } = await reserve(accountId, '4.5');
  expect(one).toMatchObject({ quantity: '4.5', state: ReservationState.OPEN });
  expect(one?.expireTime).toEqual(at('2024-02-10T12:01:00Z'));
  expect(access).toMatchObject({ allowed: true, used: '4.5', reserved: '4.5', remaining: '5.5' });
  const { reservation: two } = await reserve(accountId, '5.5', { lifetimeMs: 1000 });
  expect(await check(accountId)).toMatchObject({ allowed: false, used: '10', remaining: '0' });

  const refused = await reserve(accountId, '0.000000000000000001');
  expect(refused.reservation).toBeUndefined();
  expect(refused.access).toMatchObject({
    ...{ allowed: false, reason: AccessReason.LIMIT_REACHED, used: '10' },
  });

  const release = () => clients.reservations.releaseReservation({ reservationId: one?.id ?? '' });
  expect((await release()).reservation?.state).toBe(ReservationState.RELEASED);
  expect((await release()).reservation?.state).toBe(ReservationState.RELEASED);
  expect(await check(accountId, '4.5')).toMatchObject({ allowed: true, used: '5.5' });

  await clients.testClock.advanceTestClock({ currentTime: at('2024-02-10T12:00:01Z') });
  expect(await check(accountId)).toMatchObject({ used: '0', reserved: '0', remaining: '10' });
  const { reservations } = await clients.reservations.listReservations({ accountId });
  expect(reservations.map(({ id, state }) => [id, state])).toEqual([
    [one?.id, ReservationState.RELEASED],
    [two?.id, ReservationState.EXPIRED],
  ]);
  expect((await reserve(accountId, '10')).access).toMatchObject({ used: '10' });
});

test('a feature that needs credits is allowed as far as these reach, with what is reserved of it', async () => {
  const rates = [{ meterProfile: { meterId: 'mtr_1' }, amount: '2' }];
  const unit = { code: 'credits', name: 'Credits', rates };
  const creditUnitId = (await clients.credits.createCreditUnit(unit)).creditUnit?.id ?? '';
  const accountId = await granted(clients, '100', { creditUnitId });
  expect(await check(accountId)).toMatchObject({
    ...{ allowed: false, reason: AccessReason.CREDITS_USED_UP, creditsAvailable: '0' },
    ...{ remaining: '100', explanation: 'The credits are used up: 0 left.' },
  });
  await clients.credits.createCreditGrant({
    ...{ accountId, creditUnitId, amount: '20', effectiveTime: at('2024-02-10T00:00:00Z') },
  });
  expect(await check(accountId, '10')).toMatchObject({ allowed: true, creditsAvailable: '20' });
  const { reservation, access } = await reserve(accountId, '4');
  expect(access).toMatchObject({ allowed: true, creditsAvailable: '12' });
  const refused = await reserve(accountId, '7');
  expect(refused.reservation).toBeUndefined();
  expect(refused.access?.reason).toBe(AccessReason.CREDITS_USED_UP);
  const reservationId = reservation?.id ?? '';
  const settled = { reservationId, idempotencyKey: 'k1', quantity: '3' };
  await clients.reservations.settleReservation(settled);
  // 20 less what 3 burn, before and after the event is counted.
  for (const events of [[], [{ key: 'k1', quantity: '3' }]]) {
    metering(organisationId, events);
    expect(await check(accountId, '7')).toMatchObject({ allowed: true, creditsAvailable: '14' });
    expect((await check(accountId, '7.1')).reason).toBe(AccessReason.CREDITS_USED_UP);
  }

  const { features } = await clients.features.listFeatures({});
  const grantee = { case: 'accountId', value: accountId } as const;
  const featureId = features[0]?.id ?? '';
  const unmetered = await clients.features.createFeature({ code: 'on', name: 'On', kind: 1 });
  const refusals = [
    { featureId, grantee, creditUnitId: 'cun_none' },
    { featureId: unmetered.feature?.id ?? '', grantee, creditUnitId },
  ].map((entitlement) => failureOf(clients.entitlements.createEntitlement(entitlement)));
  expect(await Promise.all(refusals)).toMatchObject([
    { reason: 'ENTITLEMENT_UNRESOLVED', fields: ['credit_unit_id'] },
    { reason: 'ENTITLEMENT_INVALID', fields: ['credit_unit_id'] },
  ]);
  // What is granted without needing credits is allowed without.
  await clients.entitlements.createEntitlement({ featureId, grantee });
  expect(await check(accountId, '1000')).toMatchObject({ allowed: true, creditsAvailable: '' });
});

test('a settled one counts until its event is counted, whichever comes first', async () => {
  const accountId = await granted(clients, '10');
  const { reservation } = await reserve(accountId, '4');
  const { reservation: other } = await reserve(accountId, '4');
  const settle = (reservationId: string, idempotencyKey: string, quantity = '') =>
    clients.reservations.settleReservation({ reservationId, idempotencyKey, quantity });
  expect((await settle(reservation?.id ?? '', 'k1', '3')).reservation).toMatchObject({
    ...{ state: ReservationState.SETTLED, settledQuantity: '3', idempotencyKey: 'k1' },
    eventTime: at(NOON),
  });
  expect(await check(accountId)).toMatchObject({ used: '7', reserved: '4' });
  metering(organisationId, [{ key: 'k1', quantity: '3' }]);
  expect(await check(accountId)).toMatchObject({ used: '7', reserved: '4' });

  // Counted before it is settled: until then both count, so that no more is let through.
  const events = [
    { key: 'k1', quantity: '3' },
    { key: 'k2', quantity: '4' },
  ];
  metering(organisationId, events);
  expect(await check(accountId)).toMatchObject({ used: '11', allowed: false });
  await settle(other?.id ?? '', 'k2');
  expect(await check(accountId)).toMatchObject({ used: '7', reserved: '0' });
  // By the next reservation what is counted is forgotten, and still counts once.
  await reserve(accountId, '1');
  expect(await check(accountId)).toMatchObject({ used: '8', reserved: '1' });
  // Withdrawn again: what metering says is what was used.
  metering(organisationId, [{ key: 'k1', quantity: '0' }, ...events.slice(1)]);
  expect(await check(accountId)).toMatchObject({ used: '5' });
});

test('what has ended ends the same way only; what was used was used, also after it has expired', async () => {
  const accountId = await granted(clients, '10');
  const { reservation } = await reserve(accountId, '4');
  const id = reservation?.id ?? '';
  await clients.testClock.advanceTestClock({ currentTime: at('2024-02-10T13:00:00Z') });
  const settle = (more: object = {}) =>
    clients.reservations.settleReservation({
      ...{ reservationId: id, idempotencyKey: 'k1', quantity: '12', ...more },
    });
  expect((await settle()).reservation?.state).toBe(ReservationState.SETTLED);
  expect((await settle()).reservation?.settledQuantity).toBe('12');
  expect(await check(accountId)).toMatchObject({ allowed: false, used: '12' });
  const ended = { code: 'FailedPrecondition', reason: 'RESERVATION_ENDED' };
  expect(await failureOf(settle({ quantity: '3' }))).toMatchObject(ended);
  expect(await failureOf(settle({ idempotencyKey: 'k2' }))).toMatchObject(ended);
  const release = clients.reservations.releaseReservation({ reservationId: id });
  expect(await failureOf(release)).toMatchObject(ended);
  const missing = clients.reservations.getReservation({ reservationId: 'rsv_none' });
  expect(await failureOf(missing)).toMatchObject({ reason: 'RESERVATION_NOT_FOUND' });
});

test('a reservation happens once for its request_id; what was refused may be asked again', async () => {
  const accountId = await granted(clients, '10');
  const ask = (quantity: string, requestId: string) => reserve(accountId, quantity, { requestId });
  const [first, second] = await Promise.all([ask('6', 'r1'), ask('6', 'r1')]);
  expect(second.reservation?.id).toBe(first.reservation?.id);
  expect(first.reservation?.id).toMatch(/^rsv_/);
  expect((await ask('6', 'r2')).reservation).toBeUndefined();
  expect(await failureOf(ask('5', 'r1'))).toMatchObject({ code: 'AlreadyExists' });
  await clients.reservations.releaseReservation({ reservationId: first.reservation?.id ?? '' });
  expect((await ask('6', 'r2')).reservation?.quantity).toBe('6');
  expect((await ask('6', 'r1')).reservation?.id).toBe(first.reservation?.id);
  expect(await check(accountId)).toMatchObject({ used: '6' });
});

test('a soft limit reserves all, and says when it is passed; only metered features are reserved', async () => {
  const accountId = await granted(clients, '1', { limitKind: LimitKind.SOFT });
  expect((await reserve(accountId, '5')).access).toMatchObject({
    ...{ allowed: true, reason: AccessReason.OVER_SOFT_LIMIT, used: '5' },
  });
  await clients.features.createFeature({ code: 'export', name: 'Export' });
  expect(await failureOf(reserve(accountId, '1', { featureCode: 'export' }))).toMatchObject({
    ...{ code: 'FailedPrecondition', reason: 'FEATURE_NOT_METERED', fields: ['feature_code'] },
  });
});

/** So many reservations of a feature were settled, and their events have not come. */
async function settled(accountId: string, featureId: string, count: number): Promise<void> {
  const { mongo } = replica;
  const { holds, accessVersions } = openStores(mongo.db, Date.now, { claimMs: 1, joinTries: 1 });
  const key = { organisationId, accountId, featureId } as HoldsKey;
  const hold = (n: number): SettledHold => ({
    ...{ id: `rsv_${featureId}_${n}`, quantity: decimal('1'), key: `k${n}` },
    eventMs: Date.parse(NOON),
  });
  await inTransaction(mongo, async (session) => {
    const all = Array.from({ length: count }, (_, n) => hold(n));
    await holds.replace(key, { version: 0, open: [], settled: all }, session);
    await accessVersions.raise(organisationId, key.accountId, session);
  });
}

test('however many reservations wait for their events, each counts once, and of one feature no more than 10,000 do', async () => {
  const accountId = await granted(clients, '20000');
  const { feature: other } = await clients.features.createFeature({
    ...{ code: 'calls', name: 'Calls', meterProfile: { meterId: 'mtr_1' } },
  });
  const grantee = { case: 'accountId', value: accountId } as const;
  const limit = { featureId: other?.id ?? '', grantee, limit: '20000' };
  await clients.entitlements.createEntitlement(limit);
  const { features } = await clients.features.listFeatures({});
  const { reservation } = await reserve(accountId, '1');
  for (const { id } of features) await settled(accountId, id, 9_999);
  const codes = [{ featureCode: 'tokens' }, { featureCode: 'calls' }];
  const used = async () => {
    const { accesses } = await clients.entitlements.batchCheckAccess({
      accountId,
      features: codes,
    });
    return accesses.map((access) => access.used);
  };
  metering(organisationId, [{ key: 'k5', quantity: '0.5' }]);
  expect(await used()).toEqual(['9998.5', '9998.5']);

  // One that has expired is settled all the same, until there are too many.
  await clients.testClock.advanceTestClock({ currentTime: at('2024-02-10T13:00:00Z') });
  const settle = (idempotencyKey: string, reservationId: string) =>
    clients.reservations.settleReservation({ reservationId, idempotencyKey });
  await settled(accountId, features[0]?.id ?? '', 10_000);
  metering(organisationId, []);
  const expired = settle('last', reservation?.id ?? '');
  expect(await failureOf(expired)).toMatchObject({ reason: 'TOO_MANY_RESERVATIONS' });
  metering(organisationId, [{ key: 'k5', quantity: '0.5' }]);
  expect(await settle('last', reservation?.id ?? '')).toMatchObject({
    reservation: { state: ReservationState.SETTLED },
  });
  expect(await used()).toEqual(['10000.5', '9998.5']);

  // From before there was such a limit: events that have come leave the question.
  await settled(accountId, features[0]?.id ?? '', 10_001);
  expect(await used()).toEqual(['10000.5', '9998.5']);
  metering(organisationId, []);
  expect(await failureOf(used())).toMatchObject({ reason: 'TOO_MANY_RESERVATIONS' });
});

test('callers at once on two replicas, one of which is killed, never use more than a hard limit, and lose nothing of it', async () => {
  const owner: OrganisationId = 'org_01jd0000000000000000000000';
  const { secret } = await createKey(replica.bus, {
    ...{ kind: 'organisation', organisationId: owner, name: 'test' },
  });
  const start = () =>
    startBillingProcess({
      MONGODB_URL: world.servers.mongodbUrl,
      MONGODB_DATABASE: 'billing_of_reservations',
      NATS_URL: world.servers.natsUrl,
      METERING_URL: `dns:///127.0.0.1:${world.meteringServer.port}`,
      SERVICE_KEY,
      LOG_LEVEL: 'info',
    });
  const processes = [await start(), await start()];
  const open = () => processes.map(({ port }) => openClients(port, secret));
  const replicas = open();
  const [first] = replicas;
  if (first === undefined) throw new Error('Two replicas were started.');
  await first.testClock.createTestClock({ currentTime: at(NOON) });
  world.meteringServer.addMeter(owner, 'mtr_1', 'tokens');
  const count = howMany(400, 10_000);
  const limit = decimal(BigInt(count)).mul(decimal('1.1'));
  const accountId = await granted(first, decimalText(limit));
  const ledger = new ReservationLedger(limit, Date.parse(NOON) - 1);
  world.meteringServer.usage = () => ({ value: decimalText(ledger.metered) });
  world.meteringServer.known = (_asker, keys) => ledger.known(keys);

  const asked = new Replicas(replicas);
  const random = seededRandom(randomSeed());
  let next = 0;
  const caller = async () => {
    for (let index = next; index < count; index = next) {
      next += 1;
      if (index === Math.floor(count / 3)) await processes[1]?.kill();
      await ledger.live({ index, accountId, replicas: asked, random });
    }
  };
  await Promise.all(Array.from({ length: 16 }, caller));

  expect(ledger.granted).toBeGreaterThan(0);
  expect(ledger.refused).toBeGreaterThan(0);
  // Those that nobody ended come back by themselves, and all that was used has been used once.
  await first.testClock.advanceTestClock({ currentTime: at('2024-02-10T12:10:00Z') });
  const access = await first.entitlements.checkAccess({ accountId, featureCode: 'tokens' });
  expect(access).toMatchObject({ used: decimalText(ledger.used), reserved: '0' });
  const rest = limit.sub(ledger.used);
  const request = { accountId, featureCode: 'tokens' };
  const tooMuch = decimalText(rest.add(decimal('0.000000000000000001')));
  const { reservation: none } = await first.reservations.createReservation({
    ...{ ...request, quantity: tooMuch },
  });
  expect(none).toBeUndefined();
  const { reservation: all } = await first.reservations.createReservation({
    ...{ ...request, quantity: decimalText(rest) },
  });
  expect(all?.quantity).toBe(decimalText(rest));
  for (const each of replicas) each.close();
});
