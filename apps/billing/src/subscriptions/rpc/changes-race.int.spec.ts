import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { FeeTiming } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import { ChangeTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Clients } from '../../testing/clients';
import { advanceTo, allBills, at, createPlan, newOrganisation } from '../../testing/scenario';
import { startWorld, type World } from '../../testing/world';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const DAY_MS = 86_400_000;
const CYCLES = [0, 1, 2].map((month) => [Date.UTC(2024, month, 1), Date.UTC(2024, month + 1, 1)]);
const END = Date.UTC(2024, 2, 1);

/** As callers are told to, once more where another write was faster: nothing of a call that was ABORTED was written. */
async function whenOthersAreDone<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (ConnectError.from(error).code !== Code.Aborted) throw error;
    }
  }
}

/** What seats at 10 USD in advance come to by the list of facts, cycle by cycle, in cents. */
async function owedCents(clients: Clients, subscriptionId: string): Promise<bigint> {
  const { events } = await clients.subscriptions.listSubscriptionEvents({ subscriptionId });
  const seats = events.map(({ effectiveTime, event }) => {
    const quantity =
      event.case === 'subscribed' || event.case === 'quantityChanged' ? event.value.quantity : '0';
    return { fromMs: effectiveTime ? timestampMs(effectiveTime) : NaN, quantity: BigInt(quantity) };
  });
  seats.sort((a, b) => a.fromMs - b.fromMs);
  return CYCLES.reduce((sum, [start = 0, end = 0]) => {
    // What the last cycle holds of changes to come is not known yet: there are none.
    const parts = seats.map(({ fromMs, quantity }, index) => {
      const untilMs = Math.min(seats[index + 1]?.fromMs ?? Infinity, end);
      return quantity * BigInt(Math.max(untilMs - Math.max(fromMs, start), 0));
    });
    const top = 1000n * parts.reduce((total, part) => total + part, 0n);
    const bottom = BigInt(end - start);
    return sum + (2n * top + bottom) / (2n * bottom);
  }, 0n);
}

test('changes that race with a moving clock and two replicas are billed once, as the list of facts says', async () => {
  const replicas = [await world.replica(), await world.replica()];
  const organisationId = newOrganisation();
  const [one, two] = replicas.map((replica) => replica.as(organisationId)) as [Clients, Clients];
  await one.testClock.createTestClock({ currentTime: at('2024-01-01T00:00:00Z') });
  const plan = await createPlan(one, {
    name: 'Seats',
    price: { model: { case: 'perUnit', value: { unitAmount: '10' } } },
    timing: FeeTiming.ADVANCE,
    byQuantity: true,
  });
  const ids = await Promise.all(
    [1, 2, 3].map(async (index) => {
      await one.accounts.createAccount({ accountId: `a${index}`, name: 'Account' });
      const request = { accountId: `a${index}`, planId: plan.id, quantity: String(index) };
      return (await two.subscriptions.createSubscription(request)).subscription?.id ?? '';
    }),
  );
  let nowMs = Date.UTC(2024, 0, 1);
  for (let round = 1; nowMs < END; round += 1) {
    const changes = ids.flatMap((subscriptionId, index) =>
      [one, two].map((clients, which) =>
        whenOthersAreDone(() =>
          clients.subscriptions.changeSubscription({
            subscriptionId,
            change: {
              quantity: String((round * (index + 2) + which * 3) % 9),
              timing: ChangeTiming.NOW,
            },
          }),
        ),
      ),
    );
    nowMs = Math.min(nowMs + 12 * DAY_MS + 12_345_678, END);
    const moved = one.testClock.advanceTestClock({ currentTime: timestampFromMs(nowMs) });
    await Promise.all([...changes, moved]);
  }
  await advanceTo(one, '2024-03-01T00:00:00.001Z');
  for (const subscriptionId of ids) {
    const bills = await allBills(one, subscriptionId);
    const billed = bills.reduce(
      (sum, { total }) => sum + BigInt((total?.amount ?? '').replace('.', '')),
      0n,
    );
    expect(billed).toBe(await owedCents(one, subscriptionId));
    expect(bills.map(({ number }) => number)).toEqual(bills.map((_, index) => index));
    expect(bills.length).toBeGreaterThan(5);
  }
  for (const replica of replicas) await replica.stop();
});
