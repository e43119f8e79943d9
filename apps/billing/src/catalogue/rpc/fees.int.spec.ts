import { domainErrorOf } from '@billingrails/rpc';
import { ConnectError } from '@connectrpc/connect';
import type { Clients } from '../../testing/clients';
import { failureOf } from '../../testing/failure';
import {
  advanceTo,
  at,
  allBills,
  createPlan,
  flatFee,
  newOrganisation,
  subscribe,
  unitFee,
  type FeeInit,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
let clients: Clients;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
});
afterAll(() => world.stop());
beforeEach(() => {
  const organisationId = newOrganisation();
  clients = replica.as(organisationId);
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'local', 'international');
  world.meteringServer.addMeter(organisationId, 'mtr_old', 'all');
  world.meteringServer.archive(organisationId, 'mtr_old');
  world.meteringServer.usage = () => ({ value: '7' });
});

const tiers = (...upTo: string[]): FeeInit => ({
  name: 'Tiers',
  price: {
    model: {
      case: 'graduated',
      value: { tiers: upTo.map((bound) => ({ upTo: bound, unitAmount: '1' })) },
    },
  },
  meterProfile: { meterId: 'mtr_1' },
});

test('everything wrong with a plan is answered at once, by path', async () => {
  const fees = [
    { ...flatFee(), meterProfile: { meterId: 'mtr_1' } },
    tiers('5', '5', ''),
    tiers('5', '10'),
    { ...tiers(''), meterProfile: undefined as never },
  ];
  expect(
    await failureOf(clients.plans.createPlan({ name: 'Plan', currencyCode: 'ZZZ', fees })),
  ).toEqual({
    code: 'InvalidArgument',
    reason: 'PLAN_INVALID',
    fields: [
      'currency_code',
      'fees[0].meter_profile',
      'fees[1].price.graduated.tiers[1].up_to',
      'fees[2].price.graduated.tiers[1].up_to',
      'fees[3].meter_profile',
    ],
  });
});

test("what breaks the contract's own rules is answered at once, by path", async () => {
  const fees = [flatFee('-1'), { ...unitFee('mtr_1'), name: '' }, { name: 'No price' }];
  const failure = await failureOf(
    clients.plans.createPlan({ name: '', currencyCode: 'usd', fees }),
  );
  expect(failure.code).toBe('InvalidArgument');
  expect(failure.fields.sort()).toEqual([
    'currency_code',
    'fees[0].price.flat.amount',
    'fees[1].name',
    'fees[2].price',
    'name',
  ]);
});

test('every meter profile that does not exist, or is archived, is answered by path, and which of it', async () => {
  const fees = [
    unitFee('mtr_1', 'local'),
    unitFee('mtr_1', 'none'),
    unitFee('mtr_none'),
    flatFee(),
    unitFee('mtr_old'),
  ];
  const failure = { code: 'FailedPrecondition', reason: 'METER_PROFILE_UNAVAILABLE' };
  expect(
    await failureOf(clients.plans.createPlan({ name: 'Plan', currencyCode: 'USD', fees })),
  ).toEqual({
    ...failure,
    fields: [
      'fees[1].meter_profile.profile',
      'fees[2].meter_profile.meter_id',
      'fees[4].meter_profile.meter_id',
    ],
  });
  const call = clients.plans.createPlan({ name: 'Plan', currencyCode: 'USD', fees });
  const told = await call.catch((error: unknown) => domainErrorOf(ConnectError.from(error)));
  expect(told).toMatchObject({
    violations: [
      { description: 'the meter has no such profile; it has local, international' },
      { description: 'there is no meter of this id' },
      { description: 'the meter is archived' },
    ],
  });
  const { id: planId } = await createPlan(clients, flatFee());
  const fee = unitFee('mtr_old');
  expect(await failureOf(clients.plans.addPlanFee({ planId, fee }))).toEqual({
    ...failure,
    fields: ['fee.meter_profile.meter_id'],
  });
  const { id: subscriptionId } = await subscribe(clients, planId);
  expect(
    await failureOf(clients.subscriptions.addSubscriptionFee({ subscriptionId, fee })),
  ).toEqual({
    ...failure,
    fields: ['fee.meter_profile.meter_id'],
  });
});

test("an empty profile is stored as the code of the meter's default one", async () => {
  const plan = await createPlan(clients, unitFee('mtr_1'), unitFee('mtr_1', 'international'));
  expect(plan.fees.map(({ meterProfile }) => meterProfile?.profile)).toEqual([
    'local',
    'international',
  ]);
  const { feature } = await clients.features.createFeature({
    code: 'f',
    name: 'F',
    meterProfile: { meterId: 'mtr_1' },
  });
  expect(feature?.meterProfile).toMatchObject({ meterId: 'mtr_1', profile: 'local' });
});

test('prices come back as they were given, in canonical decimals', async () => {
  const fees: FeeInit[] = [
    flatFee('0020.50'),
    unitFee('mtr_1', '', '0.000000000000000001'),
    tiers('10.0', ''),
    flatFee('007'),
    unitFee('mtr_1', '', '000.70'),
    {
      ...tiers(),
      price: {
        model: {
          case: 'graduated',
          value: { tiers: [{ upTo: '007', unitAmount: '00', flatAmount: '00.007' }, {}] },
        },
      },
    },
  ];
  const { id: planId } = await createPlan(clients, ...fees);
  const { plan } = await clients.plans.getPlan({ planId });
  expect(plan?.fees.map(({ price }) => price?.model.value)).toMatchObject([
    { amount: '20.5' },
    { unitAmount: '0.000000000000000001' },
    {
      tiers: [
        { upTo: '10', unitAmount: '1', flatAmount: '0' },
        { upTo: '', unitAmount: '1', flatAmount: '0' },
      ],
    },
    { amount: '7' },
    { unitAmount: '0.7' },
    {
      tiers: [
        { upTo: '7', unitAmount: '0', flatAmount: '0.007' },
        { upTo: '', unitAmount: '0', flatAmount: '0' },
      ],
    },
  ]);
});

test('zeros in front of a price, a limit or a quantity are accepted, and change nothing', async () => {
  const { id: planId } = await createPlan(clients, unitFee('mtr_1', '', '007'));
  const { accountId } = await subscribe(clients, planId);
  const meterProfile = { meterId: 'mtr_1' };
  const { feature } = await clients.features.createFeature({ code: 'f', name: 'F', meterProfile });
  const { entitlement } = await clients.entitlements.createEntitlement({
    featureId: feature?.id ?? '',
    grantee: { case: 'planId', value: planId },
    limit: '0014.0',
  });
  expect(entitlement?.limit).toBe('14');
  const check = (quantity: string) =>
    clients.entitlements.checkAccess({ accountId, featureCode: 'f', quantity });
  expect(await check('007')).toMatchObject({ allowed: true, used: '7', limit: '14' });
  expect(await check('0007.1')).toMatchObject({ allowed: false });
});

test('a price that is no plain decimal is refused by its path', async () => {
  const texts = ['', '+7', '-7', '7.', '.7', '7e3', ' 7', '0x7', '7,0', '1'.repeat(21)];
  const fees = [...texts, `0.${'1'.repeat(19)}`].map((text) => flatFee(text));
  const failure = await failureOf(createPlan(clients, ...fees));
  expect(failure.code).toBe('InvalidArgument');
  expect(failure.fields).toEqual(fees.map((_, index) => `fees[${index}].price.flat.amount`));
});

test('a fee that is added during a period to a subscription charges it whole, and to a plan only who subscribes then', async () => {
  await clients.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
  const { id: planId } = await createPlan(clients, flatFee('1'));
  const [one, two] = [await subscribe(clients, planId), await subscribe(clients, planId)];
  await advanceTo(clients, '2023-02-20T00:00:00Z');
  await clients.plans.addPlanFee({ planId, fee: flatFee('10') });
  await clients.subscriptions.addSubscriptionFee({ subscriptionId: two.id, fee: flatFee('100') });
  const three = await subscribe(clients, planId, { start: '2023-02-01T00:00:00Z' });
  await advanceTo(clients, '2023-03-01T00:00:00Z');
  const amounts = async (id: string) =>
    (await allBills(clients, id)).map(({ lines }) => lines.map(({ exactAmount }) => exactAmount));
  expect(await amounts(one.id)).toEqual([['1'], ['1']]);
  expect(await amounts(two.id)).toEqual([['1'], ['1', '100']]);
  expect(await amounts(three.id)).toEqual([['1', '10']]);
});

test('a subscription that starts in the past is not charged for what ended before its fees were added', async () => {
  await clients.testClock.createTestClock({ currentTime: at('2023-03-15T00:00:00Z') });
  const { id: planId } = await createPlan(clients, flatFee('1'));
  await subscribe(clients, planId, { start: '2023-01-01T00:00:00Z', fees: [flatFee('2')] });
  await advanceTo(clients, '2023-04-01T00:00:00Z');
  const periods = await allBills(clients);
  expect(periods.map(({ lines }) => lines.map(({ exactAmount }) => exactAmount))).toEqual([
    [],
    [],
    ['1', '2'],
  ]);
});

test('while fees are added and the clock moves at the same time, each fee charges exactly the periods that end after it', async () => {
  await clients.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
  const { id: planId } = await createPlan(clients);
  const { id: subscriptionId } = await subscribe(clients, planId);
  const adding = async () => {
    for (let i = 0; i < 12; i += 1)
      await clients.subscriptions.addSubscriptionFee({ subscriptionId, fee: flatFee() });
  };
  const moving = async () => {
    for (let month = 2; month <= 12; month += 1) {
      await clients.testClock.advanceTestClock({
        currentTime: at(`2023-${String(month).padStart(2, '0')}-01T00:00:00Z`),
      });
    }
  };
  await Promise.all([adding(), moving()]);
  await advanceTo(clients, '2024-01-01T00:00:00Z');
  const { subscription } = await clients.subscriptions.getSubscription({ subscriptionId });
  const periods = await allBills(clients);
  expect(periods).toHaveLength(12);
  for (const { period, lines } of periods) {
    const endSeconds = period?.endTime?.seconds ?? 0n;
    const expected = subscription?.fees
      .filter(({ createTime }) => (createTime?.seconds ?? 0n) < endSeconds)
      .map(({ id }) => id);
    expect(lines.map(({ feeId }) => feeId)).toEqual(expected);
  }
});

test('a plan holds at most 150 fees', async () => {
  const hundred = Array.from({ length: 100 }, () => flatFee());
  const { id: planId } = await createPlan(clients, ...hundred);
  const edit = { addFees: hundred.slice(0, 50) };
  await clients.plans.createPlanVersion({ planId, edit, publish: true });
  expect(await failureOf(clients.plans.addPlanFee({ planId, fee: flatFee() }))).toMatchObject({
    code: 'FailedPrecondition',
    reason: 'TOO_MANY_FEES',
  });
});
