import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { FeeTiming, type Plan } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import type {
  ReRateScopeSchema,
  SimulatePlanRequestSchema,
} from '@billingrails/contracts/billingrails/billing/v1/price_service_pb';
import { LineKind, LineReason } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import type { Bill } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { Clients } from '../../testing/clients';
import { countOf } from '../../testing/counted-calls';
import { failureOf } from '../../testing/failure';
import {
  advanceTo,
  allBills,
  at,
  createPlan,
  newOrganisation,
  subscribe,
  unitFee,
  type FeeInit,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
let organisationId: OrganisationId;
let clients: Clients;
/** When calls happened, as far as metering knows; the same for each account. */
let calls: number[];

beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica({ graceMs: 3_600_000, adjustCycles: 1 });
});
afterAll(() => world.stop());

beforeEach(async () => {
  organisationId = newOrganisation();
  calls = [];
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  world.meteringServer.usage = countOf(() => calls);
  clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2024-01-01T00:00:00Z') });
});

const base: FeeInit = {
  name: 'Base',
  price: { model: { case: 'flat', value: { amount: '31' } } },
  timing: FeeTiming.ADVANCE,
};
const add = (count: number, time: string) => {
  for (let i = 0; i < count; i += 1) calls.push(Date.parse(time) + i);
};

/** Two accounts with a base of 31.00 in advance and 0.50 a call, billed for January to March. */
async function billed(): Promise<{ plan: Plan; ids: string[] }> {
  const plan = await createPlan(clients, base, unitFee('mtr_1'));
  const ids = [(await subscribe(clients, plan.id)).id, (await subscribe(clients, plan.id)).id];
  for (const month of ['01', '02', '03']) add(10, `2024-${month}-15T00:00:00Z`);
  await advanceTo(clients, '2024-04-02T00:00:00Z');
  return { plan, ids };
}

const correct = (plan: Plan, fee: number, price: FeeInit['price'], time: string, sub = '') =>
  clients.prices.correctPrice({
    target:
      sub === '' ? { case: 'planId', value: plan.id } : { case: 'subscriptionId', value: sub },
    correction: { feeId: plan.fees[fee]?.id ?? '', price, effectiveTime: at(time), note: 'A typo' },
  });

const perCall = (unitAmount: string): FeeInit['price'] => ({
  model: { case: 'perUnit', value: { unitAmount } },
});

type Answers = AsyncIterable<{ bill?: Bill | undefined; complete: boolean; accountCount: bigint }>;

/** The bills of the answers, once all have come. */
async function billsOf(answers: Answers): Promise<Bill[]> {
  const bills: Bill[] = [];
  let complete = false;
  for await (const answer of answers) {
    if (answer.bill !== undefined) bills.push(answer.bill);
    complete = answer.complete;
  }
  expect(complete).toBe(true);
  return bills;
}

const told = (bills: readonly Bill[]) =>
  bills.map(({ lines }) =>
    lines.map(({ description, kind, reason, period, amount }) => {
      const day = period?.startTime && new Date(timestampMs(period.startTime)).toISOString();
      return [description, day?.slice(0, 10), LineKind[kind], LineReason[reason], amount?.amount]
        .filter((word) => word !== 'ADJUSTMENT')
        .join(' ');
    }),
  );

test('a price that was wrong from February on is shown per line, then billed as adjustments, once', async () => {
  const { plan, ids } = await billed();
  await correct(plan, 1, perCall('0.4'), '2024-02-01T00:00:00Z');
  const before = await allBills(clients);
  const shown = await billsOf(clients.prices.previewReRate({ scope: {} }));
  expect(told(shown)).toEqual([
    ['Calls 2024-02-01 PRICE_CORRECTED -1.00', 'Calls 2024-03-01 PRICE_CORRECTED -1.00'],
    ['Calls 2024-02-01 PRICE_CORRECTED -1.00', 'Calls 2024-03-01 PRICE_CORRECTED -1.00'],
  ]);
  expect(await allBills(clients)).toEqual(before);
  const made = await billsOf(clients.prices.reRate({ scope: {} }));
  expect(told(made)).toEqual(told(shown));
  expect(made.map(({ subscriptionId }) => subscriptionId).sort()).toEqual([...ids].sort());
  expect((await allBills(clients)).length).toBe(before.length + 2);
  expect(await billsOf(clients.prices.reRate({ scope: {} }))).toEqual([]);
  await advanceTo(clients, '2024-05-02T00:00:00Z');
  const later = (await allBills(clients, ids[0])).at(-1);
  expect(told(later ? [later] : [])).toEqual([['Calls 2024-04-01 USAGE UNSPECIFIED 0.00']]);
});

test('a correction inside a cycle cuts it: what was billed in advance is credited from then on, and charged anew', async () => {
  const { plan, ids } = await billed();
  const price: FeeInit['price'] = { model: { case: 'flat', value: { amount: '62' } } };
  await correct(plan, 0, price, '2024-03-31T00:00:00Z', ids[0]);
  const scope = {
    subscriptionIds: ids,
    startTime: at('2024-03-05T00:00:00Z'),
    endTime: at('2024-04-01T00:00:00Z'),
  };
  const made = await billsOf(clients.prices.reRate({ scope }));
  expect(told(made)).toEqual([
    ['Base 2024-03-31 PRICE_CORRECTED -1.00', 'Base 2024-03-31 PRICE_CORRECTED 2.00'],
  ]);
  const rest = await billsOf(clients.prices.previewReRate({ scope: { subscriptionIds: ids } }));
  expect(told(rest)).toEqual([
    ['Base 2024-04-01 PRICE_CORRECTED -31.00', 'Base 2024-04-01 PRICE_CORRECTED 62.00'],
  ]);
  const { events } = await clients.subscriptions.listSubscriptionEvents({
    subscriptionId: ids[0] ?? '',
  });
  expect(events.at(-1)?.event).toMatchObject({
    case: 'priceCorrected',
    value: { feeId: plan.fees[0]?.id, note: 'A typo' },
  });
});

test('rated again without a correction nothing is different, but usage that came late is', async () => {
  const { ids } = await billed();
  expect(await billsOf(clients.prices.previewReRate({ scope: {} }))).toEqual([]);
  add(2, '2024-01-20T00:00:00Z');
  const scope = { subscriptionIds: ids.slice(0, 1) };
  expect(told(await billsOf(clients.prices.reRate({ scope })))).toEqual([
    ['Calls 2024-01-01 LATE_USAGE 1.00'],
  ]);
});

test('accounts are rated again together: of cycles that are the same, usage is asked for once', async () => {
  await billed();
  const { length: before } = world.meteringServer.askedBy(organisationId);
  expect(await billsOf(clients.prices.previewReRate({ scope: {} }))).toEqual([]);
  const asked = world.meteringServer.askedBy(organisationId).slice(before);
  expect(asked.map(({ request: { accountIds } }) => accountIds.length)).toEqual([2, 2, 2]);
});

test('what follows is billed by the corrected price, and the adjustment windows that are open follow it too', async () => {
  const { plan, ids } = await billed();
  await correct(plan, 1, perCall('1'), '2024-03-01T00:00:00Z');
  const { plan: stored } = await clients.plans.getPlan({ planId: plan.id });
  expect(stored?.corrections).toHaveLength(1);
  add(3, '2024-04-10T00:00:00Z');
  await advanceTo(clients, '2024-05-02T00:00:00Z');
  const [advance, close] = (await allBills(clients, ids[0])).slice(-2);
  expect(told(advance && close ? [advance, close] : [])).toEqual([
    ['Calls 2024-03-01 PRICE_CORRECTED 5.00', 'Base 2024-05-01 RECURRING UNSPECIFIED 31.00'],
    ['Calls 2024-04-01 USAGE UNSPECIFIED 3.00'],
  ]);
});

test('a correction is refused that names no fee, or whose price does not fit to what the fee counts', async () => {
  const plan = await createPlan(clients, base, unitFee('mtr_1'));
  const time = '2024-01-01T00:00:00Z';
  expect(
    await failureOf(correct({ ...plan, fees: [] } as Plan, 0, perCall('1'), time)),
  ).toMatchObject({
    code: 'InvalidArgument',
  });
  const other = await createPlan(clients, base);
  expect(await failureOf(correct({ ...other, id: plan.id }, 0, perCall('1'), time))).toMatchObject({
    code: 'NotFound',
    reason: 'FEE_NOT_FOUND',
  });
  const flat: FeeInit['price'] = { model: { case: 'flat', value: { amount: '1' } } };
  expect(await failureOf(correct(plan, 1, flat, time))).toMatchObject({
    code: 'InvalidArgument',
    reason: 'PRICE_CORRECTION_INVALID',
  });
});

test('the live plan simulated gives exactly what was billed; another one old against new, with who wins and who loses', async () => {
  const { plan } = await billed();
  const tried = async (
    of: NonNullable<MessageInitShape<typeof SimulatePlanRequestSchema>['plan']>,
    scope: MessageInitShape<typeof ReRateScopeSchema> = {},
    replacedPlanId = '',
  ) => {
    const answers = [];
    const request = { plan: of, scope, replacedPlanId };
    for await (const { account, total } of clients.prices.simulatePlan(request))
      answers.push(
        account === undefined
          ? [total?.accountCount, total?.winnerCount, total?.loserCount, total?.simulated?.amount]
          : [account.billed?.amount, account.simulated?.amount],
      );
    return answers;
  };
  expect(await tried({ case: 'planId', value: plan.id })).toEqual([
    ['108.00', '108.00'],
    ['108.00', '108.00'],
    [2n, 0n, 0n, '216.00'],
  ]);
  const draft = (amount: string) => ({
    case: 'draft' as const,
    value: { currencyCode: 'USD', fees: [base, unitFee('mtr_1', '', amount)] },
  });
  const february = { startTime: at('2024-02-01T00:00:00Z'), endTime: at('2024-03-01T00:00:00Z') };
  expect(await tried(draft('0.6'), february)).toEqual([
    ['36.00', '37.00'],
    ['36.00', '37.00'],
    [2n, 0n, 2n, '74.00'],
  ]);
  expect(await tried(draft('0.1'), {}, plan.id)).toEqual([
    ['108.00', '96.00'],
    ['108.00', '96.00'],
    [2n, 2n, 0n, '192.00'],
  ]);
});
