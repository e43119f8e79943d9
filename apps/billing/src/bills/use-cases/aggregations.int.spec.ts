import {
  advanceTo,
  at,
  allBills,
  createPlan,
  newOrganisation,
  subscribe,
  unitFee,
  type FeeInit,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
});
afterAll(() => world.stop());

const inTiers: FeeInit = {
  ...unitFee('mtr_1'),
  price: {
    model: {
      case: 'graduated',
      value: {
        tiers: [
          { upTo: '10', unitAmount: '0' },
          { upTo: '', unitAmount: '0.001' },
        ],
      },
    },
  },
};

/** The charges of three months in which metering answers these values. */
async function chargesOf(fee: FeeInit, values: readonly string[]) {
  const organisationId = newOrganisation();
  const clients = replica.as(organisationId);
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'profile');
  world.meteringServer.usage = ({ request }) => {
    const month = new Date(Number(request.startTime?.seconds) * 1000).getUTCMonth();
    return { value: values[month] ?? '' };
  };
  await clients.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
  await subscribe(clients, (await createPlan(clients, fee)).id);
  await advanceTo(clients, '2023-04-01T00:00:00Z');
  return (await allBills(clients)).flatMap(({ lines }) =>
    lines.map(({ quantity, exactAmount: amount, eventCount }) => ({
      quantity,
      amount,
      eventCount,
    })),
  );
}

test('a recurring profile is charged for what it carried into each month, also one without events', async () => {
  expect(await chargesOf(unitFee('mtr_1', '', '3'), ['', '12', '12'])).toEqual([
    { quantity: '0', amount: '0', eventCount: 0n },
    { quantity: '12', amount: '36', eventCount: 0n },
    { quantity: '12', amount: '36', eventCount: 0n },
  ]);
});

test('an average is charged to its last digit, and one of nothing as a quantity of 0', async () => {
  const values = ['0.333333333333333333', '', '-66.666666666666666667'];
  expect(await chargesOf(unitFee('mtr_1', '', '3'), values)).toMatchObject([
    { quantity: '0.333333333333333333', amount: '0.999999999999999999' },
    { quantity: '0', amount: '0' },
    { quantity: '-66.666666666666666667', amount: '-200.000000000000000001' },
  ]);
});

test('a level that was held over time is charged to the millisecond, as exactly as metering says it', async () => {
  const most = `${'9'.repeat(30)}.${'9'.repeat(21)}`;
  expect(await chargesOf(inTiers, ['0', '5184000.125', most])).toMatchObject([
    { quantity: '0', amount: '0' },
    { quantity: '5184000.125', amount: '5183.990125' },
    { quantity: most, amount: `${'9'.repeat(27)}.989${'9'.repeat(21)}` },
  ]);
});
