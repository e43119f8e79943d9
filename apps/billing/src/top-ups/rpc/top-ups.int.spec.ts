import { timestampFromMs, timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import {
  CreditCategory,
  CreditOverage,
} from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import {
  TopUpPauseReason,
  TopUpStatus,
  type TopUp,
} from '@billingrails/contracts/billingrails/billing/v1/top_up_pb';
import { CancelTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { waitFor } from '@billingrails/testing';
import type { Clients } from '../../testing/clients';
import { changesOf } from '../../testing/changes';
import { failureOf } from '../../testing/failure';
import {
  allBills,
  at,
  createPlan,
  flatFee,
  newOrganisation,
  subscribe,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

const HOUR_MS = 3_600_000;
const START = '2024-03-01T00:00:00Z';
const TERMS = { threshold: '100', amount: '500', price: '20.00', description: 'More credits' };

let world: World;
let replica: Replica;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
});
afterAll(() => world.stop());

/** An organisation on a test clock, with a subscribed account that was granted 1,000 credits. */
async function given({ on = replica, overage = CreditOverage.LEFT } = {}) {
  const organisationId = newOrganisation();
  const clients = on.as(organisationId);
  const uses: { readonly ms: number; readonly quantity: number }[] = [];
  world.meteringServer.down = false;
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  world.meteringServer.usage = ({ request: { startTime, endTime } }) => {
    const counted = uses.filter(({ ms }) => msOf(startTime) <= ms && ms < msOf(endTime));
    return { value: `${counted.reduce((sum, { quantity }) => sum + quantity, 0)}` };
  };
  let nowMs = Date.parse(START);
  await clients.testClock.createTestClock({ currentTime: at(START) });
  const plan = await createPlan(clients, flatFee());
  const { id: subscriptionId, accountId } = await subscribe(clients, plan.id);
  const { creditUnit } = await clients.credits.createCreditUnit({
    ...{ code: 'credits', name: 'Credits', overage },
    rates: [{ meterProfile: { meterId: 'mtr_1' }, amount: '1' }],
  });
  const creditUnitId = creditUnit?.id ?? '';
  await clients.credits.createCreditGrant({ accountId, creditUnitId, amount: '1000' });
  /** Uses so much now, and lets an hour go by. */
  const use = async (quantity: number): Promise<void> => {
    uses.push({ ms: nowMs, quantity });
    nowMs += HOUR_MS;
    await clients.testClock.advanceTestClock({ currentTime: timestampFromMs(nowMs) });
  };
  return { organisationId, clients, uses, use, accountId, subscriptionId, creditUnitId };
}

const msOf = (time: Timestamp | undefined) => (time === undefined ? NaN : timestampMs(time));

type Given = Awaited<ReturnType<typeof given>>;

async function ruleFor({ clients, accountId, subscriptionId, creditUnitId }: Given, terms = {}) {
  const { topUpRule } = await clients.topUps.createTopUpRule({
    ...{ accountId, subscriptionId, creditUnitId, terms: { ...TERMS, ...terms } },
  });
  return topUpRule?.id ?? '';
}

/** What the rule has bought, once it is so much. */
async function boughtBy(clients: Clients, topUpRuleId: string, count: number): Promise<TopUp[]> {
  let found: TopUp[] = [];
  const isBought = async () => {
    ({ topUps: found } = await clients.topUps.listTopUps({ topUpRuleId }));
    return found.length >= count;
  };
  await waitFor(isBought, { what: `${count} top-ups` });
  return found;
}

/** The rule once it is paused. */
async function pausedRule(clients: Clients, topUpRuleId: string) {
  const isPaused = async () => {
    const { topUpRule } = await clients.topUps.getTopUpRule({ topUpRuleId });
    return topUpRule?.status === TopUpStatus.PAUSED;
  };
  await waitFor(isPaused, { what: 'the rule to be paused' });
  return (await clients.topUps.getTopUpRule({ topUpRuleId })).topUpRule;
}

test('usage that leaves too little buys credits, on a bill of its own and as a paid grant', async () => {
  const all = await given();
  const { organisationId, clients, uses, accountId, subscriptionId, creditUnitId } = all;
  await all.use(0);
  const topUpRuleId = await ruleFor(all, { expiryDays: 30 });
  uses.push({ ms: Date.parse(START), quantity: 950 });
  await world.counted(organisationId, accountId);
  const [topUp] = await boughtBy(clients, topUpRuleId, 1);
  expect(topUp).toMatchObject({ number: 1, available: '50', amount: '500', price: '20' });
  const { balance } = await clients.credits.getCreditBalance({ accountId, creditUnitId });
  expect(balance?.available).toBe('550');
  const creditGrantId = topUp?.creditGrantId ?? '';
  const { creditGrant } = await clients.credits.getCreditGrant({ creditGrantId });
  expect(creditGrant).toMatchObject({
    ...{ category: CreditCategory.PAID, amount: '500', memo: 'More credits', topUpId: topUp?.id },
    ...{ effectiveTime: at('2024-03-01T01:00:00Z'), expiryTime: at('2024-03-31T01:00:00Z') },
  });
  const told = (await changesOf(replica, organisationId)).filter(({ objectId }) =>
    [topUp?.id, creditGrantId].includes(objectId),
  );
  expect(told.map(({ type, accountId: whose }) => [type, whose])).toEqual([
    ['top_up.created', accountId],
    ['credit_grant.created', accountId],
  ]);
  const isBilled = async () => (await allBills(clients, subscriptionId)).length > 0;
  await waitFor(isBilled, { what: 'the bill' });
  const bills = await allBills(clients, subscriptionId);
  expect(bills.map(({ dueTime }) => dueTime)).toEqual([at('2024-03-01T01:00:00Z')]);
  const lines = bills.flatMap((bill) => bill.lines);
  expect(lines).toMatchObject([{ chargeId: topUp?.chargeId, description: 'More credits' }]);
  expect(lines[0]?.amount?.amount).toBe('20.00');
  const { topUpRule } = await clients.topUps.getTopUpRule({ topUpRuleId });
  expect(topUpRule).toMatchObject({
    ...{ status: TopUpStatus.ACTIVE, currencyCode: 'USD', monthPrice: '20', monthCount: 1 },
  });
});

test('two replicas that look at once buy once for each time that too little is left', async () => {
  const other = await world.replica();
  const all = await given({ on: other });
  const { organisationId, accountId } = all;
  const clients = replica.as(organisationId);
  const topUpRuleId = await ruleFor(all);
  // 50 are left; then 100, which is enough; then 40; then 1.
  for (const [quantity, times] of [
    [950, 1],
    [450, 1],
    [60, 2],
    [539, 3],
  ] as const) {
    await all.use(quantity);
    await Promise.all(Array.from({ length: 4 }, () => world.counted(organisationId, accountId)));
    const rules = [clients, other.as(organisationId)].map((of) =>
      of.topUps.resumeTopUpRule({ topUpRuleId }),
    );
    await Promise.all(rules);
    await boughtBy(clients, topUpRuleId, times);
  }
  await other.stop();
  const topUps = await boughtBy(clients, topUpRuleId, 3);
  expect(topUps.map(({ number, available, amount }) => [number, available, amount])).toEqual([
    [1, '50', '500'],
    [2, '40', '500'],
    [3, '1', '500'],
  ]);
  const { creditGrants } = await clients.credits.listCreditGrants({ accountId });
  expect(creditGrants.filter(({ topUpId }) => topUpId !== '')).toHaveLength(3);
});

test('a month has its limits: a rule pauses, says why, and goes on with other terms or the next month', async () => {
  const all = await given({ overage: CreditOverage.BORROWED });
  const { clients, accountId } = all;
  const topUpRuleId = await ruleFor(all, { monthlyPriceMaximum: '50' });
  await all.use(2_400);
  // -1,400 are left: three times 500 were needed, of which two may be bought.
  const [first] = await boughtBy(clients, topUpRuleId, 1);
  expect(first).toMatchObject({ available: '-1400', amount: '1000', price: '40' });
  expect(await pausedRule(clients, topUpRuleId)).toMatchObject({
    ...{ pauseReason: TopUpPauseReason.MONTHLY_PRICE, resumeTime: at('2024-04-01T00:00:00Z') },
    ...{ monthCount: 1, monthPrice: '40' },
  });
  await clients.topUps.updateTopUpRule({
    topUpRuleId,
    terms: { ...TERMS, monthlyCountMaximum: 2 },
  });
  const [, second] = await boughtBy(clients, topUpRuleId, 2);
  expect(second).toMatchObject({ available: '-400', amount: '500', price: '20' });
  await all.use(50);
  expect(await pausedRule(clients, topUpRuleId)).toMatchObject({
    ...{ pauseReason: TopUpPauseReason.MONTHLY_COUNT, monthCount: 2, monthPrice: '60' },
  });
  await clients.topUps.pauseTopUpRule({ topUpRuleId });
  const paused = await clients.topUps.listTopUpRules({ accountId, status: TopUpStatus.PAUSED });
  expect(paused.topUpRules).toMatchObject([
    { id: topUpRuleId, pauseReason: TopUpPauseReason.REQUESTED },
  ]);
  await clients.topUps.resumeTopUpRule({ topUpRuleId });
  await clients.testClock.advanceTestClock({ currentTime: at('2024-04-02T00:00:00Z') });
  expect(await boughtBy(clients, topUpRuleId, 3)).toHaveLength(3);
});

test('with its subscription a rule ends, and while usage cannot be read it waits', async () => {
  const all = await given();
  const { clients, subscriptionId } = all;
  world.meteringServer.down = true;
  const topUpRuleId = await ruleFor(all);
  await all.use(950);
  world.meteringServer.down = false;
  await boughtBy(clients, topUpRuleId, 1);
  await clients.subscriptions.cancelSubscription({ subscriptionId, timing: CancelTiming.NOW });
  await all.use(500);
  expect(await pausedRule(clients, topUpRuleId)).toMatchObject({
    pauseReason: TopUpPauseReason.SUBSCRIPTION_ENDED,
  });
  expect(await boughtBy(clients, topUpRuleId, 1)).toHaveLength(1);
});

test('a rule that cannot be is refused with every fault, and a second one of a unit', async () => {
  const all = await given();
  const { clients, accountId, subscriptionId, creditUnitId } = all;
  const nobody = {
    ...{ accountId: 'acct_none', creditUnitId: 'cun_none', subscriptionId: 'sub_none' },
    terms: TERMS,
  };
  expect(await failureOf(clients.topUps.createTopUpRule(nobody))).toMatchObject({
    ...{ code: 'FailedPrecondition', reason: 'TOP_UP_RULE_UNRESOLVED' },
    fields: ['account_id', 'credit_unit_id', 'subscription_id'],
  });
  const wrong = { ...TERMS, amount: '0', price: '1.001', monthlyPriceMaximum: '1' };
  const draft = { accountId, subscriptionId, creditUnitId };
  expect(await failureOf(clients.topUps.createTopUpRule({ ...draft, terms: wrong }))).toMatchObject(
    {
      ...{ code: 'InvalidArgument', reason: 'TOP_UP_RULE_INVALID' },
      fields: ['terms.amount', 'terms.price', 'terms.monthly_price_maximum'],
    },
  );
  await ruleFor(all);
  expect(await failureOf(clients.topUps.createTopUpRule({ ...draft, terms: TERMS }))).toMatchObject(
    {
      ...{ code: 'AlreadyExists', reason: 'TOP_UP_RULE_EXISTS' },
    },
  );
});

test('a page of rules by their status is full, whatever lies between', async () => {
  const all = await given();
  const { clients, accountId, subscriptionId } = all;
  await all.use(0);
  const ids: string[] = [];
  for (const code of ['a', 'b', 'c', 'd']) {
    const rates = [{ meterProfile: { meterId: 'mtr_1' }, amount: '1' }];
    const { creditUnit } = await clients.credits.createCreditUnit({ code, name: code, rates });
    const creditUnitId = creditUnit?.id ?? '';
    await clients.credits.createCreditGrant({ accountId, creditUnitId, amount: '100000' });
    const { topUpRule } = await clients.topUps.createTopUpRule({
      ...{ accountId, subscriptionId, creditUnitId, terms: TERMS },
    });
    ids.push(topUpRule?.id ?? '');
  }
  for (const topUpRuleId of ids.slice(1, 3)) await clients.topUps.pauseTopUpRule({ topUpRuleId });
  const listed = async (status: TopUpStatus, pageSize: number, pageToken = '') =>
    clients.topUps.listTopUpRules({ status, pageSize, pageToken });
  const idsOf = (rules: readonly { id: string }[]) => rules.map(({ id }) => id);
  const active = await listed(TopUpStatus.ACTIVE, 2);
  expect(idsOf(active.topUpRules)).toEqual([ids[0], ids[3]]);
  expect(active.nextPageToken).toBe('');
  const first = await listed(TopUpStatus.PAUSED, 1);
  expect(idsOf(first.topUpRules)).toEqual([ids[1]]);
  const second = await listed(TopUpStatus.PAUSED, 1, first.nextPageToken);
  expect(idsOf(second.topUpRules)).toEqual([ids[2]]);
});
