import {
  FeeTiming,
  PlanRole,
  PlanStatus,
} from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import type { Bill } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import { ChangeTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { LineKind } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import type { Clients } from '../../testing/clients';
import { failureOf } from '../../testing/failure';
import {
  advanceTo,
  allBills,
  at,
  createPlan,
  newOrganisation,
  type FeeInit,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
let clients: Clients;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica({ adjustCycles: 1 });
});
afterAll(() => world.stop());
beforeEach(async () => {
  const organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  world.meteringServer.usage = () => ({ value: '8', eventCount: 8n });
  clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2024-03-01T00:00:00Z') });
});

const flatOf = (amount: string) => ({ model: { case: 'flat' as const, value: { amount } } });
const unitOf = (unitAmount: string) => {
  return { model: { case: 'perUnit' as const, value: { unitAmount } } };
};
const base: FeeInit = {
  ...{ name: 'Base', price: flatOf('31'), timing: FeeTiming.ADVANCE },
  otherPrices: [
    { currencyCode: 'EUR', price: flatOf('29') },
    { currencyCode: 'JPY', price: flatOf('4500') },
  ],
};
const calls: FeeInit = {
  ...{ name: 'Calls', price: unitOf('0.5'), meterProfile: { meterId: 'mtr_1', profile: '' } },
  otherPrices: [
    { currencyCode: 'EUR', price: unitOf('0.45') },
    { currencyCode: 'JPY', price: { model: { case: 'flat', value: { amount: '0' } } } },
  ],
};
const inYen = (fee: FeeInit): FeeInit => ({
  ...fee,
  otherPrices: [
    ...(fee.otherPrices ?? []).slice(0, 1),
    { currencyCode: 'JPY', price: fee === calls ? unitOf('70') : flatOf('4500') },
  ],
});
const others = { currencyCode: 'USD', otherCurrencyCodes: ['EUR', 'JPY'] };

async function planOf(name: string, ...fees: FeeInit[]) {
  const { plan } = await clients.plans.createPlan({ name, ...others, fees });
  if (plan === undefined) throw new Error('The plan was not returned.');
  return plan;
}

async function subscribed(planId: string, currencyCode = '') {
  const { account } = await clients.accounts.createAccount({ name: 'Account' });
  const request = { accountId: account?.id ?? '', planId, currencyCode };
  return await clients.subscriptions.createSubscription(request);
}

const told = (bills: readonly Bill[]) =>
  bills.flatMap(({ lines, total, currencyCode }) => [
    ...lines.map(({ description, amount }) => `${description} ${amount?.amount}`),
    `${total?.amount} ${currencyCode}`,
  ]);

test('a subscription is billed, shown and simulated in the currency that it was made in', async () => {
  const plan = await planOf('World', inYen(base), inYen(calls));
  const { subscription: euro } = await subscribed(plan.id, 'EUR');
  const { subscription: yen } = await subscribed(plan.id, 'JPY');
  const { subscription: dollar } = await subscribed(plan.id);
  expect([euro, yen, dollar].map((each) => each?.currencyCode)).toEqual(['EUR', 'JPY', 'USD']);
  await advanceTo(clients, '2024-04-01T00:00:00Z');
  const billed = async (id = '') => told(await allBills(clients, id));
  expect(await billed(euro?.id)).toEqual([
    ...['Base 29.00', '29.00 EUR'],
    ...['Calls 3.60', 'Base 29.00', '32.60 EUR'],
  ]);
  expect(await billed(yen?.id)).toEqual([
    ...['Base 4500', '4500 JPY'],
    ...['Calls 560', 'Base 4500', '5060 JPY'],
  ]);
  expect((await billed(dollar?.id)).slice(2)).toEqual(['Calls 4.00', 'Base 31.00', '35.00 USD']);
  const tried = [];
  const simulation = { plan: { case: 'planId' as const, value: plan.id }, currencyCode: 'EUR' };
  for await (const { total } of clients.prices.simulatePlan({ ...simulation, scope: {} }))
    if (total) tried.push([total.accountCount, total.billed, total.simulated]);
  const sum = expect.objectContaining({ currencyCode: 'EUR', amount: '32.60' });
  expect(tried).toEqual([[1n, sum, sum]]);
});

test('a price is corrected in one currency, and changes keep a subscription in its own', async () => {
  const plan = await planOf('World', base);
  const { subscription } = await subscribed(plan.id, 'EUR');
  const subscriptionId = subscription?.id ?? '';
  const feeId = plan.fees[0]?.id ?? '';
  const correct = (currencyCode: string, amount: string) => {
    const effectiveTime = at('2024-04-01T00:00:00Z');
    const correction = { feeId, price: flatOf(amount), effectiveTime, currencyCode };
    return clients.prices.correctPrice({ target: { case: 'planId', value: plan.id }, correction });
  };
  await correct('EUR', '28');
  const { correction } = await correct('', '99');
  expect(correction?.currencyCode).toBe('USD');
  expect(await failureOf(correct('GBP', '1'))).toMatchObject({
    fields: ['correction.currency_code'],
  });
  const bigger = await planOf('Bigger', { ...base, name: 'Bigger' });
  const dollars = await createPlan(clients, { ...base, otherPrices: [] });
  const addOn = { name: 'Add-on', role: PlanRole.ADD_ON, ...others, fees: [base] };
  const { plan: support } = await clients.plans.createPlan(addOn);
  await advanceTo(clients, '2024-04-01T00:00:00Z');
  expect(told((await allBills(clients, subscriptionId)).slice(1))).toEqual([
    ...['Base 28.00', '28.00 EUR'],
  ]);
  const { subscriptions } = clients;
  const change = (planId: string) => ({ planId, timing: ChangeTiming.PERIOD_END });
  const asked = { subscriptionId, change: change(dollars.id) };
  expect(await failureOf(subscriptions.changeSubscription(asked))).toMatchObject({
    ...{ reason: 'PLAN_NOT_FITTING', fields: ['change.plan_id'] },
  });
  const both = {
    ...change(bigger.id),
    addOns: [{ planId: support?.id ?? '', quantity: '1' }],
  };
  const { bill } = await subscriptions.previewChange({ subscriptionId, change: both });
  expect(told(bill === undefined ? [] : [bill])).toEqual([
    ...['Bigger 29.00', 'Base 29.00', '58.00 EUR'],
  ]);
});

test('a version is published only when each fee has a price in each of its currencies, and in no other', async () => {
  const { plans } = clients;
  const lean = { ...base, otherPrices: (base.otherPrices ?? []).slice(0, 1) };
  const incomplete = { reason: 'PLAN_CURRENCIES_INCOMPLETE', fields: ['fees[1].other_prices'] };
  const request = { name: 'Plan', ...others, fees: [base, lean] };
  expect(await failureOf(plans.createPlan(request))).toMatchObject(incomplete);
  const { plan } = await plans.createPlan({ ...request, draft: true });
  const version = { planId: plan?.id ?? '', version: 1 };
  expect(await failureOf(plans.publishPlanVersion(version))).toMatchObject(incomplete);
  const edit = { removeCurrencyCodes: ['JPY'] };
  await plans.editPlanVersion({ ...version, edit });
  expect(await failureOf(plans.publishPlanVersion(version))).toMatchObject({
    fields: ['fees[0].other_prices'],
  });
  const replaceFees = [{ feeId: plan?.fees[0]?.id ?? '', fee: lean }];
  await plans.editPlanVersion({ ...version, edit: { replaceFees } });
  const published = await plans.publishPlanVersion(version);
  expect(published.plan).toMatchObject({
    ...{ status: PlanStatus.PUBLISHED, otherCurrencyCodes: ['EUR'] },
  });
  const adding = { planId: version.planId, edit: { addCurrencyCodes: ['GBP'] } };
  expect(await failureOf(plans.createPlanVersion({ ...adding, publish: true }))).toMatchObject({
    fields: ['fees[0].other_prices', 'fees[1].other_prices'],
  });
  expect(await failureOf(subscribed(version.planId, 'JPY'))).toMatchObject({
    ...{ reason: 'SUBSCRIPTION_UNRESOLVED', fields: ['currency_code'] },
  });
  const committed = { ...others, name: 'Committed', fees: [base], commitment: { amount: '1' } };
  expect(await failureOf(plans.createPlan(committed))).toMatchObject({
    ...{ reason: 'PLAN_CURRENCIES_INCOMPLETE', fields: ['other_commitments', 'other_commitments'] },
  });
  const wrong = ['USD', 'EUR', 'EUR'].map((currencyCode) => {
    return { currencyCode, commitment: { amount: '1' } };
  });
  const twice = { ...committed, otherCommitments: wrong };
  expect(await failureOf(plans.createPlan(twice))).toMatchObject({
    fields: ['other_commitments[0].currency_code', 'other_commitments[2].currency_code'],
  });
});

test('a plan commits in each of its currencies, and a subscription in its own', async () => {
  const { plans } = clients;
  const request = { ...others, name: 'Committed', fees: [inYen(base), inYen(calls)] };
  const { plan } = await plans.createPlan({
    ...{ ...request, commitment: { amount: '50' } },
    otherCommitments: [
      { currencyCode: 'EUR', commitment: { amount: '45' } },
      { currencyCode: 'JPY', commitment: { amount: '0' } },
    ],
  });
  const planId = plan?.id ?? '';
  expect(plan?.otherCommitments).toMatchObject([
    { currencyCode: 'EUR', commitment: { amount: '45', name: 'Minimum commitment' } },
    { currencyCode: 'JPY', commitment: { amount: '0' } },
  ]);
  const edit = {
    otherCommitments: [{ currencyCode: 'JPY', commitment: { amount: '700' } }],
    removeCurrencyCodes: ['EUR'],
  };
  const { plan: next } = await plans.createPlanVersion({ planId, edit });
  expect(next?.otherCommitments).toMatchObject([
    { currencyCode: 'JPY', commitment: { amount: '700' } },
  ]);
  const made = await Promise.all(
    ['USD', 'EUR', 'JPY'].map((currencyCode) => subscribed(planId, currencyCode)),
  );
  await advanceTo(clients, '2024-04-01T01:00:00Z');
  const missing = await Promise.all(
    made.map(async ({ subscription }) => {
      const bills = await allBills(clients, subscription?.id ?? '');
      return bills
        .flatMap(({ lines }) => lines)
        .filter(({ kind }) => kind === LineKind.COMMITMENT)
        .map(({ amount }) => `${amount?.amount} ${amount?.currencyCode}`);
    }),
  );
  // 8 calls are 4.00 USD, 3.60 EUR and 560 JPY.
  expect(missing).toEqual([['46.00 USD'], ['41.40 EUR'], []]);
});

test('what is wrong with prices in other currencies is named by its path', async () => {
  const { plans } = clients;
  const request = { name: 'Plan', currencyCode: 'USD' };
  const wrong = { ...request, otherCurrencyCodes: ['USD', 'EUR', 'EUR', 'XXY'], fees: [calls] };
  expect(await failureOf(plans.createPlan(wrong))).toMatchObject({
    fields: [
      'fees[0].other_prices[1].price',
      'other_currency_codes[0]',
      'other_currency_codes[2]',
      'other_currency_codes[3]',
    ],
  });
  const [euro] = base.otherPrices ?? [];
  if (euro === undefined) throw new Error('There is a price in euros.');
  const twice = { ...base, otherPrices: [euro, euro] };
  expect(await failureOf(plans.createPlan({ ...request, fees: [twice] }))).toMatchObject({
    fields: ['fees[0].other_prices[1].currency_code'],
  });
  const plan = await createPlan(clients, { ...base, otherPrices: [] });
  const { subscription } = await subscribed(plan.id);
  const own = { subscriptionId: subscription?.id ?? '', fee: base };
  expect(await failureOf(clients.subscriptions.addSubscriptionFee(own))).toMatchObject({
    fields: ['fee.other_prices'],
  });
});
