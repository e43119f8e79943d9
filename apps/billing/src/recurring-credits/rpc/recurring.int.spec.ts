import { timestampDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import {
  CreditEntryKind,
  type CreditGrant,
} from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import { CycleUnit } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { waitFor } from '@billingrails/testing';
import type { Clients } from '../../testing/clients';
import { failureOf } from '../../testing/failure';
import { at, createPlan, flatFee, newOrganisation, subscribe } from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

const ACCOUNT = 'acct_1';
const START = '2024-01-31T00:00:00Z';

let world: World;
let replica: Replica;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica({ creditPostMs: 50 });
});
afterAll(() => world.stop());

/** An organisation on a test clock with an account, a unit of credits, and a day's usage, which may change. */
async function given() {
  const organisationId = newOrganisation();
  const clients = replica.as(organisationId);
  const used = { time: '', quantity: 0 };
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  world.meteringServer.usage = ({ request: { startTime, endTime } }) => {
    const isIn = instantOf(startTime) <= used.time && used.time < instantOf(endTime);
    return { value: isIn ? `${used.quantity}` : '0' };
  };
  await clients.testClock.createTestClock({ currentTime: at(START) });
  await clients.accounts.createAccount({ accountId: ACCOUNT, name: 'Account' });
  const { creditUnit } = await clients.credits.createCreditUnit({
    ...{ code: 'credits', name: 'Credits' },
    rates: [{ meterProfile: { meterId: 'mtr_1' }, amount: '1' }],
  });
  return { organisationId, clients, used, creditUnitId: creditUnit?.id ?? '' };
}

const instantOf = (time: Timestamp | undefined) =>
  time === undefined ? '' : timestampDate(time).toISOString().replace('.000Z', 'Z');

const clockTo = (clients: Clients, time: string) =>
  clients.testClock.advanceTestClock({ currentTime: at(time) });

async function grantsOf(clients: Clients, accountId = ACCOUNT): Promise<CreditGrant[]> {
  return (await clients.credits.listCreditGrants({ accountId, pageSize: 1_000 })).creditGrants;
}

const begins = (grants: readonly CreditGrant[]) =>
  grants.map(({ amount, effectiveTime }) => `${amount} ${instantOf(effectiveTime).slice(0, 10)}`);

async function availableOf(clients: Clients, creditUnitId: string, time?: string) {
  const { balance } = await clients.credits.getCreditBalance({
    ...{ accountId: ACCOUNT, creditUnitId },
    ...(time === undefined ? {} : { time: at(time) }),
  });
  return balance?.available;
}

test('an account is granted credits in each cycle, at once when the clock moves, until that is ended', async () => {
  const { clients, creditUnitId } = await given();
  const request = {
    ...{ grantee: { case: 'accountId' as const, value: ACCOUNT }, creditUnitId, amount: '100' },
    ...{ memo: 'Monthly gift', requestId: 'gift' },
  };
  const { recurringCreditGrant: made } =
    await clients.recurringCredits.createRecurringCreditGrant(request);
  const again = await clients.recurringCredits.createRecurringCreditGrant(request);
  expect(again.recurringCreditGrant).toEqual(made);
  expect(made).toMatchObject({ interval: { unit: CycleUnit.MONTH, count: 1, timeZone: 'UTC' } });
  expect(await availableOf(clients, creditUnitId)).toBe('100');
  await clockTo(clients, '2024-03-01T00:00:00Z');
  expect(await availableOf(clients, creditUnitId, '2024-02-28T00:00:00Z')).toBe('100');
  const grants = await grantsOf(clients);
  expect(begins(grants)).toEqual(['100 2024-01-31', '100 2024-02-29']);
  const recurringCreditGrantId = made?.id ?? '';
  expect(grants[1]).toMatchObject({ memo: 'Monthly gift', recurringCreditGrantId });
  const ended = await clients.recurringCredits.endRecurringCreditGrant({ recurringCreditGrantId });
  expect(ended.recurringCreditGrant?.endTime).toEqual(at('2024-03-01T00:00:00Z'));
  await clockTo(clients, '2024-05-01T00:00:00Z');
  expect(await availableOf(clients, creditUnitId)).toBe('0');
  expect(await grantsOf(clients)).toHaveLength(2);
  const got = await clients.recurringCredits.getRecurringCreditGrant({ recurringCreditGrantId });
  const listed = await clients.recurringCredits.listRecurringCreditGrants({
    grantee: { case: 'accountId', value: ACCOUNT },
  });
  expect(listed.recurringCreditGrants).toEqual([got.recurringCreditGrant]);
});

test('the subscribers of a plan are granted what it includes, those from before and those to come', async () => {
  const { clients, creditUnitId } = await given();
  const plan = await createPlan(clients, flatFee());
  const early = await subscribe(clients, plan.id, { start: '2024-01-20T00:00:00Z' });
  await clients.recurringCredits.createRecurringCreditGrant({
    ...{ grantee: { case: 'planId', value: plan.id }, creditUnitId, amount: '500' },
  });
  const late = await subscribe(clients, plan.id);
  const granted = async (accountId: string, expected: string[]) => {
    let found: string[] = [];
    const isGranted = async () => {
      found = begins(await grantsOf(clients, accountId));
      return found.length >= expected.length;
    };
    await waitFor(isGranted, { what: 'what the plan includes' });
    expect(found).toEqual(expected);
  };
  await granted(early.accountId, ['500 2024-01-31']);
  await granted(late.accountId, ['500 2024-01-31']);
  await clockTo(clients, '2024-03-01T00:00:00Z');
  await granted(early.accountId, ['500 2024-01-31', '500 2024-02-20']);
  await granted(late.accountId, ['500 2024-01-31', '500 2024-02-29']);
});

test('what a cycle leaves is carried on up to the maximum, and the ledger says what has expired', async () => {
  const { clients, used, creditUnitId } = await given();
  Object.assign(used, { time: '2024-02-10T00:00:00Z', quantity: 30 });
  await clients.recurringCredits.createRecurringCreditGrant({
    ...{ grantee: { case: 'accountId', value: ACCOUNT }, creditUnitId, amount: '100' },
    ...{ rolloverCycles: 1, rolloverMaximum: '50', interval: { unit: CycleUnit.WEEK, count: 2 } },
  });
  await clockTo(clients, '2024-02-27T00:00:00Z');
  // Of 70 that were left on the 14th 50 are carried on.
  expect(await availableOf(clients, creditUnitId, '2024-02-14T00:00:00Z')).toBe('150');
  await clockTo(clients, '2024-02-29T02:00:00Z');
  // These have expired on the 28th, and of 100 from the 14th 50 are carried on.
  expect(await availableOf(clients, creditUnitId)).toBe('150');
  let entries: string[] = [];
  const posted = async () => {
    const listed = await clients.credits.listCreditEntries({ accountId: ACCOUNT, creditUnitId });
    entries = listed.entries.map(({ kind, dayTime, amount, balance }) =>
      [CreditEntryKind[kind], instantOf(dayTime).slice(8, 10), amount, balance].join(' '),
    );
    return entries.length >= 7;
  };
  await waitFor(posted, { what: 'the ledger to be posted' });
  expect(entries.map((entry) => entry.split(' ').slice(0, 3).join(' ')).sort()).toEqual(
    [
      ...['GRANTED 31 100', 'BURNED 10 30', 'GRANTED 14 100', 'EXPIRED 14 20'],
      ...['GRANTED 28 100', 'EXPIRED 28 50', 'EXPIRED 28 50'],
    ].sort(),
  );
  expect(entries.at(-1)?.split(' ').at(-1)).toBe('150');
});

test('two replicas, of which one is stopped in the middle, grant each cycle once', async () => {
  const { clients, creditUnitId, organisationId } = await given();
  const other = await world.replica({ creditPostMs: 50 });
  const clientsOfOther = other.as(organisationId);
  for (const amount of ['1', '10'])
    await clients.recurringCredits.createRecurringCreditGrant({
      ...{ grantee: { case: 'accountId', value: ACCOUNT }, creditUnitId, amount },
      interval: { unit: CycleUnit.DAY },
    });
  await clockTo(clients, '2024-03-01T00:00:00Z');
  const asked = [clients, clientsOfOther].map((of) => grantsOf(of));
  for (const grants of await Promise.all(asked)) expect(grants).toHaveLength(62);
  await clockTo(clients, '2024-04-10T00:00:00Z');
  await other.stop();
  const grants = await grantsOf(clients);
  expect(grants).toHaveLength(2 * 71);
  expect(new Set(grants.map(({ id }) => id)).size).toBe(grants.length);
  expect(await availableOf(clients, creditUnitId)).toBe('11');
});

test('what cannot be granted again and again is refused with every fault', async () => {
  const { clients, creditUnitId } = await given();
  const { recurringCredits } = clients;
  const draft = {
    ...{ grantee: { case: 'planId' as const, value: 'plan_none' }, creditUnitId, amount: '0' },
    ...{ rolloverMaximum: '5', startTime: at('2020-01-01T00:00:00Z') },
    ...{ endTime: at('2019-01-01T00:00:00Z'), interval: { timeZone: 'Mars', count: 999 } },
  };
  expect(await failureOf(recurringCredits.createRecurringCreditGrant(draft))).toMatchObject({
    ...{ code: 'InvalidArgument', reason: 'RECURRING_CREDIT_GRANT_INVALID' },
    fields: [
      ...['amount', 'interval', 'interval.count', 'interval.time_zone', 'rollover_maximum'],
      ...['start_time', 'end_time'],
    ],
  });
  const nobody = {
    ...{ grantee: { case: 'planId' as const, value: 'plan_none' }, amount: '1' },
    creditUnitId: 'cun_none',
  };
  expect(await failureOf(recurringCredits.createRecurringCreditGrant(nobody))).toMatchObject({
    ...{ code: 'FailedPrecondition', fields: ['plan_id', 'credit_unit_id'] },
  });
  const { recurringCreditGrant } = await recurringCredits.createRecurringCreditGrant({
    ...{ grantee: { case: 'accountId', value: ACCOUNT }, creditUnitId, amount: '1' },
  });
  const past = {
    recurringCreditGrantId: recurringCreditGrant?.id ?? '',
    endTime: at('2024-01-01T00:00:00Z'),
  };
  expect(await failureOf(recurringCredits.endRecurringCreditGrant(past))).toMatchObject({
    ...{ reason: 'RECURRING_CREDIT_GRANT_END_PAST', fields: ['end_time'] },
  });
});

test('credits may cover usage of some profiles alone, and be granted in part for a part of a cycle', async () => {
  const { organisationId, clients, used } = await given();
  world.meteringServer.addMeter(organisationId, 'mtr_2', 'calls');
  const meterProfiles = [{ meterId: 'mtr_1' }];
  const { creditUnit } = await clients.credits.createCreditUnit({
    ...{ code: 'two', name: 'Two' },
    rates: ['mtr_1', 'mtr_2'].map((meterId) => ({ meterProfile: { meterId }, amount: '1' })),
  });
  const creditUnitId = creditUnit?.id ?? '';
  const request = {
    ...{ grantee: { case: 'accountId' as const, value: ACCOUNT }, creditUnitId, amount: '90' },
    ...{ scope: { meterProfiles }, prorated: true },
    interval: { anchor: { case: 'anchorTime' as const, value: at('2024-01-21T00:00:00Z') } },
  };
  const { recurringCreditGrant } =
    await clients.recurringCredits.createRecurringCreditGrant(request);
  expect(recurringCreditGrant).toMatchObject({
    ...{ prorated: true, scope: { meterProfiles: [{ meterId: 'mtr_1', profile: 'calls' }] } },
  });
  Object.assign(used, { time: '2024-02-01T00:00:00Z', quantity: 5 });
  await clockTo(clients, '2024-02-21T00:00:00Z');
  const grants = await grantsOf(clients);
  // 21 of 31 days are left of the first cycle.
  expect(begins(grants)).toEqual(['60.96774194 2024-01-31', '90 2024-02-21']);
  expect(grants[1]?.scope?.meterProfiles).toHaveLength(1);
  const { balance } = await clients.credits.getCreditBalance({ accountId: ACCOUNT, creditUnitId });
  expect(balance).toMatchObject({ used: '10', overage: '5', available: '90' });
  expect(balance?.grants).toMatchObject([{ burned: '5', expired: '55.96774194' }, { burned: '0' }]);

  const grant = { accountId: ACCOUNT, creditUnitId, amount: '1' };
  world.meteringServer.addMeter(organisationId, 'mtr_3', 'calls');
  const wrong = [
    { feeIds: ['fee_1'] },
    { feeIds: ['fee_01hq0000000000000000000000'] },
    { meterProfiles: [{ meterId: 'mtr_3' }] },
  ];
  const refused = wrong.map((scope) =>
    failureOf(clients.credits.createCreditGrant({ ...grant, scope })),
  );
  expect(await Promise.all(refused)).toMatchObject([
    { reason: 'CREDIT_GRANT_INVALID', fields: ['scope.fee_ids[0]'] },
    { reason: 'CREDIT_GRANT_INVALID', fields: ['scope.fee_ids[0]'] },
    { reason: 'CREDIT_GRANT_INVALID', fields: ['scope.meter_profiles[0]'] },
  ]);
});
