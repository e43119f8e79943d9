import { create, toJson, type MessageInitShape } from '@bufbuild/protobuf';
import { PriceSchema } from '@billingrails/contracts/billingrails/billing/v1/price_pb';
import { LineReason } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { decimal } from '@billingrails/money';
import { writePrice } from '@billingrails/rating';
import { BOUNDED, PRICES } from '@billingrails/rating/testing';
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
  const organisationId = newOrganisation();
  replica = await world.replica({ adjustCycles: 3 });
  clients = replica.as(organisationId);
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  world.meteringServer.usage = () => ({ value: '800', eventCount: 4n });
  await clients.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
});
afterAll(() => world?.stop());

type PriceInit = MessageInitShape<typeof PriceSchema>;

const feeOf = (price: PriceInit): FeeInit => ({ ...unitFee('mtr_1', 'calls'), price });
const terms = {
  ...{ divisor: '1000', rounding: 1, includedUnits: '2', minimum: '5' },
  ...{ percentOff: '10', discountCycles: '1' },
};

/** What 800 in four events cost by each model, computed by hand. */
const expected: readonly (readonly [price: PriceInit, amount: string])[] = [
  [writePrice(PRICES.perUnit), '0.0000000000000008'],
  [writePrice(PRICES.perPackage), '55.965'], // 799.5 × 7 ÷ 100
  [writePrice(PRICES.graduated), '30.05'], // 10.5 × 0.1 + 5, and eight packages of a hundred at 3
  [writePrice(PRICES.volume), '24'],
  [writePrice(PRICES.stairstep), '150'],
  [writePrice(PRICES.percentage), '20.3'], // 700 × 2.9 %, no event paid for
  [writePrice(PRICES.graduatedPercentage), '17'],
  [writePrice(PRICES.dynamic), '800'],
  [{ ...writePrice(PRICES.perUnit), terms }, '4.5'], // 1 is included: 5 at least, less 10 %
];

test('a period closes by every model, and prices come back as they were given', async () => {
  const fees = [...expected.map(([price]) => feeOf(price)), flatFee('20')];
  const plan = await createPlan(clients, ...fees);
  const { id } = await subscribe(clients, plan.id);
  await advanceTo(clients, '2023-02-01T00:00:00Z');
  const [period] = await allBills(clients, id);
  const amounts = period?.lines.map(({ exactAmount }) => exactAmount);
  expect(amounts).toEqual([...expected.map(([, amount]) => amount), '20']);
  const shown = (await clients.plans.getPlan({ planId: plan.id })).plan?.fees;
  expect(shown?.map(({ price }) => price && toJson(PriceSchema, price))).toEqual(
    fees.map(({ price }) => toJson(PriceSchema, create(PriceSchema, price))),
  );
});

const bounded: PriceInit = writePrice(BOUNDED);

test('between a minimum and a maximum each transaction is priced by itself', async () => {
  const organisationId = newOrganisation();
  const own = replica.as(organisationId);
  const [profile] = world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls').profiles;
  Object.assign(profile ?? {}, { aggregationMethod: AggregationMethod.SUM });
  world.meteringServer.transactions = () => ['10', '80', '10', '10000', '-5'];
  await own.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
  const plan = await createPlan(own, feeOf(bounded));
  const { id } = await subscribe(own, plan.id);
  await advanceTo(own, '2023-02-01T00:00:00Z');
  const charge = (await allBills(own, id))[0]?.lines[0];
  // 80 × 2.99 % + 0.5; three at 1.75; one at 12.
  expect(charge).toMatchObject({ quantity: '10095', exactAmount: '20.142', eventCount: 5n });
  expect(charge?.steps.map(({ amount }) => amount)).toEqual(['2.892', '5.25', '12']);
});

test('the first transactions are free: one that comes late takes the place of another, one taken back leaves it to the next', async () => {
  const organisationId = newOrganisation();
  const own = replica.as(organisationId);
  const [profile] = world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls').profiles;
  Object.assign(profile ?? {}, { aggregationMethod: AggregationMethod.SUM });
  let january = ['10', '80', '10000'];
  const start = at('2023-01-01T00:00:00Z');
  world.meteringServer.transactions = (from) => (from?.seconds === start.seconds ? january : []);
  await own.testClock.createTestClock({ currentTime: start });
  const plan = await createPlan(
    own,
    feeOf(writePrice({ ...BOUNDED, freeEvents: 1n })),
    feeOf(writePrice({ ...BOUNDED, freeAmount: decimal('40') })),
  );
  const { id } = await subscribe(own, plan.id);
  const seen = new Set<string>();
  /** January's lines on what is billed until then: of each fee what it comes to less what was billed. */
  const billed = async (until: string) => {
    await advanceTo(own, until);
    const lines = (await allBills(own, id)).flatMap((bill) => bill.lines);
    const fresh = lines.filter(
      (line) => line.period?.startTime?.seconds === start.seconds && !seen.has(line.id),
    );
    for (const line of fresh) seen.add(line.id);
    return fresh.map(({ reason, exactAmount }) => [LineReason[reason], exactAmount]);
  };
  const changed = (transactions: string[]) => {
    january = transactions;
    return world.changed(organisationId, '2023-01-05T00:00:00Z');
  };
  // 80 × 2.99 % + 0.5, and 12; of the other fee 30 of 80 are free, 50 × 2.99 % + 0.5, and 12.
  expect(await billed('2023-02-01T00:00:00Z')).toEqual([
    ['UNSPECIFIED', '14.892'],
    ['UNSPECIFIED', '13.995'],
  ]);
  // 10 is charged now, 1.75; and of 80 only 10 are free, 70 × 2.99 % + 0.5.
  await changed(['20', '10', '80', '10000']);
  expect(await billed('2023-03-01T00:00:00Z')).toEqual([
    ['LATE_USAGE', '1.75'],
    ['LATE_USAGE', '0.598'],
  ]);
  // 80 is free; and of the other fee 40 are charged, 40 × 2.99 % + 0.5, at least 1.75.
  await changed(['80', '10000']);
  expect(await billed('2023-04-01T00:00:00Z')).toEqual([
    ['VOIDED_USAGE', '-4.642'],
    ['VOIDED_USAGE', '-0.843'],
  ]);
});

test('a profile that does not sum, and a fee by group, have no bounds of a transaction', async () => {
  expect(await failureOf(createPlan(clients, feeOf(bounded)))).toEqual({
    code: 'FailedPrecondition',
    reason: 'METER_PROFILE_NOT_SUMMED',
    fields: ['fees[0].meter_profile.profile'],
  });
  const byGroup = { ...feeOf(bounded), byGroup: true };
  expect((await failureOf(createPlan(clients, byGroup))).fields).toEqual(['fees[0].by_group']);
});

test('everything wrong with every price is answered at once, by path', async () => {
  const none = { tiers: [{ upTo: '5', unitAmount: '1', flatAmount: '1' }] };
  const last = 'tiers[0].up_to';
  const wrong: [PriceInit, string[]][] = [];
  const add = (price: PriceInit, ...paths: string[]) => wrong.push([price, paths]);
  add(
    { model: { case: 'perPackage', value: { packageSize: '0', packageAmount: '1' } } },
    'per_package.package_size',
  );
  add({ model: { case: 'graduated', value: none } }, `graduated.${last}`);
  add({ model: { case: 'volume', value: none } }, `volume.${last}`);
  add({ model: { case: 'stairstep', value: none } }, `stairstep.${last}`);
  add({ model: { case: 'graduatedPercentage', value: none } }, `graduated_percentage.${last}`);
  add(
    {
      ...writePrice(PRICES.dynamic),
      terms: { maximum: '1', minimum: '2', rounding: 1 },
    },
    'terms.rounding',
    'terms.maximum',
  );
  const fees = wrong.map(([price]) => feeOf(price));
  const failure = await failureOf(createPlan(clients, ...fees));
  expect(failure).toMatchObject({ code: 'InvalidArgument', reason: 'PLAN_INVALID' });
  expect(failure.fields).toEqual(
    wrong.flatMap(([, paths], index) => paths.map((path) => `fees[${index}].price.${path}`)),
  );
});

test('a group has no flat price, and a flat price counts no units', async () => {
  const flat: PriceInit = { model: { case: 'flat', value: { amount: '1' } } };
  const fees = [
    {
      ...feeOf(writePrice(PRICES.perUnit)),
      byGroup: true,
      groupPrices: [
        { values: [{ kind: { case: 'stringValue' as const, value: 'eu' } }], price: flat },
      ],
    },
    { ...flatFee(), price: { ...flat, terms: { includedUnits: '5' } } },
  ];
  const failure = await failureOf(createPlan(clients, ...fees));
  expect(failure.fields).toEqual([
    'fees[0].group_prices[0].price',
    'fees[1].price.terms.included_units',
  ]);
});
