import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type { Clients } from '@billingrails/stack/clients';
import { advanceClock, at } from '../clock';
import { figureOf, type BillFigure } from '../changes';

const ACCOUNT = 'magazine';

/**
 * The story of a customer who tries a plan for two weeks for nothing, then has a fifth off for two cycles, and uses so
 * much in the first of them that it is billed before the cycle's end. Every call carries a request_id, so a platform
 * that was kept answers what is there already.
 */
export async function playTerms(clients: Clients): Promise<BillFigure[]> {
  await clients.testClock.createTestClock({
    ...{ currentTime: at('2026-03-01T00:00:00Z'), requestId: 'terms-clock' },
  });
  await clients.accounts.createAccount({
    ...{ accountId: ACCOUNT, name: 'Magazine', requestId: 'terms-account' },
  });
  const { meter } = await clients.meters.createMeter({
    ...{ name: 'Reads', eventName: 'Read', requestId: 'terms-meter' },
    profiles: [
      {
        ...{ code: 'reads', name: 'Reads', aggregationMethod: AggregationMethod.SUM },
        aggregationProperty: 'reads',
      },
    ],
  });
  const { plan } = await clients.plans.createPlan({
    ...{ name: 'Magazine', currencyCode: 'USD', requestId: 'terms-plan' },
    fees: [
      { name: 'Magazine', price: { model: { case: 'flat', value: { amount: '30.00' } } } },
      {
        ...{ name: 'Reads', unit: 'read' },
        price: { model: { case: 'perUnit', value: { unitAmount: '0.05' } } },
        meterProfile: { meterId: meter?.id ?? '', profile: '' },
      },
    ],
    usageThresholds: { amounts: ['50'] },
  });
  const { subscription } = await clients.subscriptions.createSubscription({
    ...{ accountId: ACCOUNT, planId: plan?.id ?? '', requestId: 'terms-subscription' },
    trial: { length: { case: 'days', value: 14 } },
    discounts: [{ percentOff: '20', lasts: { case: 'cycles', value: 3 } }],
  });
  // What is read in the trial costs nothing; then the threshold of 50.00 is passed by the middle of the cycle.
  await read(clients, 'trial', '2026-03-05T00:00:00Z', 500);
  await advance(clients, '2026-03-15T00:00:00Z');
  await read(clients, 'first', '2026-03-25T00:00:00Z', 1500);
  await advance(clients, '2026-03-26T00:00:00Z');
  await read(clients, 'second', '2026-04-05T00:00:00Z', 200);
  await advance(clients, '2026-04-15T01:00:00Z');
  const { bills } = await clients.bills.listBills({ subscriptionId: subscription?.id ?? '' });
  return bills.map((bill) => figureOf(`bill ${bill.number + 1}`, bill));
}

async function read(clients: Clients, key: string, time: string, reads: number): Promise<void> {
  const properties = { billingrails_account_id: ACCOUNT, reads };
  await clients.events.ingestEvents({
    events: [
      { eventName: 'Read', idempotencyKey: `terms-${key}`, timestamp: at(time), properties },
    ],
  });
}

function advance(clients: Clients, time: string): Promise<void> {
  return advanceClock(clients, at(time), `terms-${time}`);
}
