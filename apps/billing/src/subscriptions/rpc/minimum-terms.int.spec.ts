import { timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import { FeeTiming } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import {
  EarlyTermination,
  Proration,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import {
  CancelTiming,
  ChangeTiming,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { LineKind } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import type { Clients } from '../../testing/clients';
import { failureOf } from '../../testing/failure';
import {
  advanceTo,
  allBills,
  at,
  createPlan,
  flatFee,
  newOrganisation,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
let clients: Clients;
let draft: { readonly accountId: string; readonly planId: string };
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica({ graceMs: 3_600_000, adjustCycles: 1 });
});
afterAll(() => world.stop());
beforeEach(async () => {
  clients = replica.as(newOrganisation());
  await clients.testClock.createTestClock({ currentTime: at('2024-01-01T00:00:00Z') });
  const { id: planId } = await createPlan(clients, {
    ...flatFee('31.00'),
    timing: FeeTiming.ADVANCE,
  });
  const { account } = await clients.accounts.createAccount({ name: 'Account' });
  draft = { accountId: account?.id ?? '', planId };
});

type Term = NonNullable<Parameters<Clients['subscriptions']['createSubscription']>[0]['term']>;

const QUARTER: Term = { length: { case: 'months', value: 3 } };

async function agreedFor(term: Term): Promise<string> {
  const { subscription } = await clients.subscriptions.createSubscription({ ...draft, term });
  return subscription?.id ?? '';
}

const dateOf = (time: Timestamp | undefined) =>
  time && new Date(timestampMs(time)).toISOString().slice(0, 10);

async function shown(subscriptionId: string) {
  const { subscription } = await clients.subscriptions.getSubscription({ subscriptionId });
  const { term, endTime } = subscription ?? {};
  return {
    term: `${dateOf(term?.startTime)} ${dateOf(term?.endTime)}`,
    renews: term?.renews,
    notice: dateOf(term?.noticeTime),
    end: dateOf(endTime),
  };
}

async function told(subscriptionId: string) {
  return (await allBills(clients, subscriptionId)).map(({ dueTime, lines }) =>
    [
      dateOf(dueTime),
      ...lines.map(({ description, kind, amount }) =>
        [description, LineKind[kind], amount?.amount].join(' '),
      ),
    ].join(', '),
  );
}

test('a term is shown with its notice, renews by itself, and what was agreed and each renewal is listed', async () => {
  const subscriptionId = await agreedFor({ ...QUARTER, noticeDays: 30 });
  expect(await shown(subscriptionId)).toEqual({
    ...{ term: '2024-01-01 2024-04-01', renews: true, notice: '2024-03-02', end: undefined },
  });
  await advanceTo(clients, '2024-07-15T00:00:00Z');
  expect(await shown(subscriptionId)).toMatchObject({
    term: '2024-07-01 2024-10-01',
    renews: true,
  });
  const { events } = await clients.subscriptions.listSubscriptionEvents({ subscriptionId });
  expect(events.map(({ event, effectiveTime }) => [event.case, dateOf(effectiveTime)])).toEqual([
    ['subscribed', '2024-01-01'],
    ['termAgreed', '2024-01-01'],
    ['termRenewed', '2024-04-01'],
    ['termRenewed', '2024-07-01'],
  ]);
  expect(events[1]?.event.value).toMatchObject({
    length: { case: 'months', value: 3 },
    renewal: { case: 'renewalMonths', value: 3 },
    noticeDays: 30,
    earlyTermination: EarlyTermination.NOT_BEFORE_END,
  });
});

test('a term is agreed on while it runs, from the present on, and binds then', async () => {
  const { subscription } = await clients.subscriptions.createSubscription(draft);
  const subscriptionId = subscription?.id ?? '';
  await advanceTo(clients, '2024-02-10T00:00:00Z');
  const change = { timing: ChangeTiming.NOW, term: QUARTER };
  const { bills } = await clients.subscriptions.previewChange({ subscriptionId, change });
  expect(bills).toEqual([]);
  await clients.subscriptions.changeSubscription({ subscriptionId, change });
  expect(await shown(subscriptionId)).toMatchObject({ term: '2024-02-10 2024-05-10' });
  await clients.subscriptions.cancelSubscription({ subscriptionId, timing: CancelTiming.NOW });
  expect(await shown(subscriptionId)).toMatchObject({ renews: false, end: '2024-05-10' });
  const later = { timing: ChangeTiming.PERIOD_END, term: QUARTER };
  const passed = { case: 'endTime', value: at('2024-02-10T00:00:00Z') } as const;
  const over = { length: passed, renewal: { case: 'ends', value: true } } as const;
  for (const [refused, field] of [
    [later, 'change.timing'],
    [{ timing: ChangeTiming.NOW, term: over }, 'change.term.end_time'],
    [{ timing: ChangeTiming.NOW, term: {} }, 'change.term'],
  ] as const) {
    const call = clients.subscriptions.changeSubscription({ subscriptionId, change: refused });
    expect(await failureOf(call)).toMatchObject({
      reason: 'CHANGE_INVALID',
      fields: expect.arrayContaining([field]),
    });
  }
});

test('a term that ends the subscription is extended: its end is taken back, and an end that was asked for stays', async () => {
  const ends = { case: 'ends', value: true } as const;
  const subscriptionId = await agreedFor({ length: { case: 'cycles', value: 2 }, renewal: ends });
  expect(await shown(subscriptionId)).toMatchObject({ end: '2024-03-01' });
  await advanceTo(clients, '2024-02-10T00:00:00Z');
  const term: Term = { length: { case: 'cycles', value: 3 }, renewal: ends };
  const change = { timing: ChangeTiming.NOW, term };
  await clients.subscriptions.changeSubscription({ subscriptionId, change });
  // February, which is under way, is the first of three.
  expect(await shown(subscriptionId)).toMatchObject({
    ...{ term: '2024-02-10 2024-05-01', end: '2024-05-01' },
  });
  const { events } = await clients.subscriptions.listSubscriptionEvents({ subscriptionId });
  expect(events.map(({ event }) => event.case)).toEqual([
    ...['subscribed', 'termAgreed', 'cancelled', 'takenBack', 'termAgreed', 'cancelled'],
  ]);
  await advanceTo(clients, '2024-06-01T00:00:00Z');
  expect((await told(subscriptionId)).filter((bill) => bill.includes('31.00'))).toHaveLength(4);
});

test('cancelled at once it ends with its term, renews no more, and goes on where that is taken back', async () => {
  const subscriptionId = await agreedFor(QUARTER);
  await advanceTo(clients, '2024-02-10T00:00:00Z');
  await clients.subscriptions.cancelSubscription({ subscriptionId, timing: CancelTiming.NOW });
  expect(await shown(subscriptionId)).toMatchObject({ renews: false, end: '2024-04-01' });
  await clients.subscriptions.cancelScheduledChange({ subscriptionId, number: 2 });
  expect(await shown(subscriptionId)).toMatchObject({ renews: true, end: undefined });
  await clients.subscriptions.cancelSubscription({ subscriptionId, timing: CancelTiming.TERM_END });
  await advanceTo(clients, '2024-06-01T00:00:00Z');
  expect((await told(subscriptionId)).filter((bill) => bill.includes('31.00'))).toHaveLength(3);
  expect(await shown(subscriptionId)).toMatchObject({ term: 'undefined undefined' });
});

test('a term that ends is an end that is known from the start', async () => {
  const subscriptionId = await agreedFor({
    ...{ length: { case: 'cycles', value: 2 }, renewal: { case: 'ends', value: true } },
  });
  expect(await shown(subscriptionId)).toEqual({
    ...{ term: '2024-01-01 2024-03-01', renews: false, notice: undefined, end: '2024-03-01' },
  });
});

test('ended early, the remaining fees are charged as they were shown, so that the whole term is paid', async () => {
  const earlyTermination = EarlyTermination.REMAINING_FEES;
  const subscriptionId = await agreedFor({ ...QUARTER, earlyTermination });
  await advanceTo(clients, '2024-02-10T00:00:00Z');
  const cancellation = { timing: CancelTiming.NOW, refund: Proration.DAY };
  const { bills } = await clients.subscriptions.previewChange({ subscriptionId, cancellation });
  await clients.subscriptions.cancelSubscription({ subscriptionId, ...cancellation });
  await advanceTo(clients, '2024-06-01T00:00:00Z');
  const made = await told(subscriptionId);
  // 20 of 29 days of February are given back, and charged with March.
  expect(made.slice(3)).toEqual([
    '2024-02-10, Platform ADJUSTMENT -21.38, Early termination ONE_OFF 52.38',
    '2024-02-10',
  ]);
  const all = await allBills(clients, subscriptionId);
  expect(all.slice(3).map(({ closeTime: _, ...bill }) => bill)).toEqual(
    bills.map(({ closeTime: _, ...bill }) => bill),
  );
  const sum = all.reduce((total, bill) => total + Number(bill.total?.amount) * 100, 0);
  expect(sum).toBe(3 * 3100);
  const { events } = await clients.subscriptions.listSubscriptionEvents({ subscriptionId });
  expect(events.at(-1)?.event).toMatchObject({
    case: 'cancelled',
    value: { earlyTerminationAmount: '52.38', chargeId: all[3]?.lines[1]?.chargeId },
  });
});

test('ended early for an amount, that is charged when it ends, and not where the end is taken back', async () => {
  const subscriptionId = await agreedFor({
    ...QUARTER,
    earlyTermination: EarlyTermination.AMOUNT,
    earlyTerminationAmount: '99.50',
  });
  const request = { subscriptionId, timing: CancelTiming.PERIOD_END };
  await clients.subscriptions.cancelSubscription(request);
  await clients.subscriptions.cancelScheduledChange({ subscriptionId, number: 2 });
  await advanceTo(clients, '2024-02-10T00:00:00Z');
  await clients.subscriptions.cancelSubscription(request);
  await advanceTo(clients, '2024-06-01T00:00:00Z');
  const made = await told(subscriptionId);
  expect(made.filter((bill) => bill.includes('Early'))).toEqual([
    '2024-03-01, Early termination ONE_OFF 99.50',
  ]);
});

test('what is wrong with a term is answered by path, and without one there is no end of it', async () => {
  const refusal = async (term: Term, more = {}) =>
    failureOf(clients.subscriptions.createSubscription({ ...draft, ...more, term }));
  const endTime = at('2024-06-01T00:00:00Z');
  const until = { case: 'endTime', value: endTime } as const;
  expect(await refusal({})).toMatchObject({ fields: ['term', 'term'] });
  expect(await refusal({ length: until })).toMatchObject({ fields: ['term'] });
  const amount = { earlyTerminationAmount: '5' };
  expect(await refusal({ ...QUARTER, ...amount })).toMatchObject({
    fields: ['term.early_termination_amount'],
  });
  expect(await refusal(QUARTER, { endTime })).toMatchObject({ fields: ['end_time'] });
  const past = { case: 'endTime', value: at('2023-06-01T00:00:00Z') } as const;
  const ends = { renewal: { case: 'ends', value: true } } as const;
  expect(await refusal({ length: past, ...ends })).toMatchObject({ fields: ['term.end_time'] });
  const { subscription } = await clients.subscriptions.createSubscription(draft);
  const request = { subscriptionId: subscription?.id ?? '', timing: CancelTiming.TERM_END };
  expect(await failureOf(clients.subscriptions.cancelSubscription(request))).toMatchObject({
    reason: 'SUBSCRIPTION_WITHOUT_TERM',
  });
});
