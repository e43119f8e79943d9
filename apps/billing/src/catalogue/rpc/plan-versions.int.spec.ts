import {
  FeeTiming,
  PlanStatus,
  type Plan,
} from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import { ProductStatus } from '@billingrails/contracts/billingrails/billing/v1/product_pb';
import { ChangeTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { derivedId } from '@billingrails/ids';
import type { Clients } from '../../testing/clients';
import { failureOf } from '../../testing/failure';
import {
  advanceTo,
  allBills,
  at,
  createPlan,
  flatFee,
  newOrganisation,
  subscribe,
  type FeeInit,
} from '../../testing/scenario';
import { startWorld, type World } from '../../testing/world';

let world: World;
let clients: Clients;
beforeAll(async () => {
  world = await startWorld();
  const replica = await world.replica({ adjustCycles: 1 });
  clients = replica.as(newOrganisation());
  await clients.testClock.createTestClock({ currentTime: at('2024-03-01T00:00:00Z') });
});
afterAll(() => world.stop());

const advance = (name: string, amount: string): FeeInit => ({
  ...flatFee(amount),
  name,
  timing: FeeTiming.ADVANCE,
});
const ids = (plan: Plan | undefined) => plan?.fees.map(({ id }) => id) ?? [];

test('a draft is edited until it is published, and never changes any more; what is carried over keeps its id', async () => {
  const first = await createPlan(clients, advance('Base', '10'), advance('Extra', '5'));
  const { id: planId } = first;
  const [base = '', extra = ''] = ids(first);
  const { plans } = clients;
  const drafted = await plans.createPlanVersion({ planId, edit: { removeFeeIds: [extra] } });
  expect(drafted.plan).toMatchObject({ version: 2, status: PlanStatus.DRAFT });
  const edit = { replaceFees: [{ feeId: base, fee: advance('Base', '12') }] };
  const { plan } = await plans.editPlanVersion({ planId, version: 2, edit });
  expect(plan?.fees).toMatchObject([{ replacesFeeId: base }]);
  expect((await plans.getPlan({ planId })).plan?.version).toBe(1);
  const request = { accountId: 'acct_none', planId, planVersion: 2 };
  expect(await failureOf(clients.subscriptions.createSubscription(request))).toMatchObject({
    fields: ['account_id', 'plan_version'],
  });
  await plans.publishPlanVersion({ planId, version: 2 });
  expect(await failureOf(plans.editPlanVersion({ planId, version: 2, edit: {} }))).toMatchObject({
    reason: 'PLAN_VERSION_FIXED',
  });
  expect((await plans.getPlan({ planId, version: 1 })).plan).toEqual(first);
  const { plan: third } = await plans.addPlanFee({ planId, fee: flatFee('1') });
  expect([third?.version, ids(third)[0]]).toEqual([3, ids(plan)[0]]);
  const listed = await plans.listPlanVersions({ planId, pageSize: 2 });
  expect(listed.plans.map(({ version }) => version)).toEqual([1, 2]);
  const { nextPageToken: pageToken } = listed;
  const rest = await plans.listPlanVersions({ planId, pageSize: 2, pageToken });
  expect(rest).toMatchObject({ plans: [{ version: 3 }], nextPageToken: '' });
});

test('an archived version is not subscribed to any more, and who has it keeps it', async () => {
  const { id: planId } = await createPlan(clients, flatFee('1'));
  const { accountId, id } = await subscribe(clients, planId);
  const { plans, subscriptions } = clients;
  await plans.addPlanFee({ planId, fee: flatFee('2') });
  await plans.archivePlanVersion({ planId, version: 2 });
  expect((await plans.getPlan({ planId })).plan).toMatchObject({ version: 1 });
  expect((await plans.archivePlan({ planId })).plan).toMatchObject({
    ...{ version: 2, status: PlanStatus.ARCHIVED },
  });
  const again = { accountId, planId, allowDuplicate: true };
  expect(await failureOf(subscriptions.createSubscription(again))).toMatchObject({
    ...{ reason: 'SUBSCRIPTION_UNRESOLVED', fields: ['plan_version'] },
  });
  expect((await subscriptions.getSubscription({ subscriptionId: id })).subscription).toMatchObject({
    ...{ planId, planVersion: 1 },
  });
});

test('versions that are made at once all have a number of their own', async () => {
  const { id: planId } = await createPlan(clients);
  const made = await Promise.all(
    Array.from({ length: 5 }, () => clients.plans.createPlanVersion({ planId })),
  );
  const numbers = made.map(({ plan }) => plan?.version ?? 0);
  expect(numbers.sort()).toEqual([2, 3, 4, 5, 6]);
});

test('from one version to another only what is different is credited and charged', async () => {
  const { id: planId, fees } = await createPlan(
    clients,
    advance('Base', '10'),
    advance('Support', '31'),
  );
  const { id: subscriptionId } = await subscribe(clients, planId);
  await advanceTo(clients, '2024-03-16T00:00:00Z');
  const support = fees[1]?.id ?? '';
  const edit = { replaceFees: [{ feeId: support, fee: advance('Support', '62') }] };
  await clients.plans.createPlanVersion({ planId, edit, publish: true });
  const change = { planVersion: 2, timing: ChangeTiming.NOW };
  const shown = await clients.subscriptions.previewChange({ subscriptionId, change });
  await clients.subscriptions.changeSubscription({ subscriptionId, change });
  await advanceTo(clients, '2024-03-16T00:00:01Z');
  const bill = (await allBills(clients, subscriptionId)).at(-1);
  expect(bill).toMatchObject({ ...shown.bill, closeTime: expect.anything(), planVersion: 2 });
  expect(bill?.lines.map((line) => [line.description, line.amount?.amount])).toEqual([
    ['Support', '-16.00'],
    ['Support', '32.00'],
  ]);
});

test('a corrected price is charged in every version that has the fee, and no version shows other fees for it', async () => {
  const { plans, prices } = clients;
  const named = (name: string, amount: string) => ({ ...flatFee(amount), name });
  const first = await createPlan(clients, named('Base', '10'), named('Support', '31'));
  const { id: planId } = first;
  const [base = '', support = ''] = ids(first);
  const { id: one } = await subscribe(clients, planId);
  const edit = { replaceFees: [{ feeId: support, fee: named('Support', '62') }] };
  const second = (await plans.createPlanVersion({ planId, edit, publish: true })).plan;
  const { id: two } = await subscribe(clients, planId);
  const target = { case: 'planId', value: planId } as const;
  for (const [feeId, amount] of [
    [base, '12'],
    [support, '40'],
  ] as const) {
    const price = { model: { case: 'flat', value: { amount } } } as const;
    const effectiveTime = at('2024-03-01T00:00:00Z');
    await prices.correctPrice({
      target,
      correction: { feeId, price, effectiveTime, note: 'A typo' },
    });
  }
  await plans.createPlanVersion({ planId, publish: true });
  const { id: three } = await subscribe(clients, planId);
  for (const [version, fees] of [
    [1, first.fees],
    [2, second?.fees],
    [3, second?.fees],
  ] as const) {
    const { plan } = await plans.getPlan({ planId, version });
    expect(plan?.fees).toEqual(fees);
    expect(plan?.corrections.map(({ feeId }) => feeId)).toEqual([base, support]);
  }
  await advanceTo(clients, '2024-04-16T02:00:00Z');
  const billed = async (subscriptionId: string) =>
    (await allBills(clients, subscriptionId)).flatMap(({ lines }) =>
      lines.map(({ description, amount }) => `${description} ${amount?.amount}`),
    );
  expect(await billed(one)).toEqual(['Base 12.00', 'Support 40.00']);
  for (const id of [two, three]) expect(await billed(id)).toEqual(['Base 12.00', 'Support 62.00']);
});

test('fees are made of products as long as these are sold, keep them, and their lines say so', async () => {
  const { products } = clients;
  const { product } = await products.createProduct({ code: 'storage', name: 'Storage' });
  const productId = product?.id ?? '';
  expect(product).toMatchObject({ code: 'storage', status: ProductStatus.ACTIVE });
  expect(await failureOf(products.createProduct({ code: 'storage', name: 'B' }))).toMatchObject({
    reason: 'PRODUCT_EXISTS',
  });
  const plan = await createPlan(clients, { ...advance('Disk', '10'), productId }, flatFee('5'));
  expect(plan.fees).toMatchObject([{ productId }, { productId: '' }]);
  const renamed = { productId, name: 'Storage and backup', description: 'Bytes' };
  await products.updateProduct(renamed);
  await products.updateProduct({ productId, name: '' });
  const { product: archived } = await products.archiveProduct({ productId });
  expect(archived).toMatchObject({ ...{ id: productId, code: 'storage' }, name: renamed.name });
  expect(archived).toMatchObject({ status: ProductStatus.ARCHIVED, description: 'Bytes' });
  expect((await products.listProducts({})).products).toEqual([archived]);
  expect((await products.getProduct({ productId })).product).toEqual(archived);
  const { plans } = clients;
  const fee = { ...flatFee('1'), productId };
  const planId = plan.id;
  expect(await failureOf(plans.addPlanFee({ planId, fee }))).toMatchObject({
    ...{ reason: 'PRODUCT_UNAVAILABLE', fields: ['fee.product_id'] },
  });
  const unknown = { ...flatFee('1'), productId: derivedId('prod', 'none') };
  const draft = { name: 'Plan', currencyCode: 'USD', fees: [flatFee('1'), unknown] };
  expect(await failureOf(plans.createPlan(draft))).toMatchObject({
    ...{ reason: 'PRODUCT_UNAVAILABLE', fields: ['fees[1].product_id'] },
  });
  // What there is stays the product's, in the next version, too.
  const { plan: next } = await plans.createPlanVersion({ planId, publish: true });
  expect(next?.fees[0]).toMatchObject({ productId });
  const { id: subscriptionId } = await subscribe(clients, planId, {
    start: '2024-03-10T00:00:00Z',
  });
  await advanceTo(clients, '2024-05-01T00:00:00Z');
  const bills = (await allBills(clients)).filter((bill) => bill.subscriptionId === subscriptionId);
  expect(bills.flatMap(({ lines }) => lines)).toMatchObject([{ description: 'Disk', productId }]);
});
