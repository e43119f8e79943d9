import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Bill } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import { FeeTiming } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import { Proration } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { ChangeTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { LineKind, LineReason } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type { Clients } from '@billingrails/stack/clients';
import { advanceClock, at } from './clock';

/** A bill, or one that was only shown, in short. */
export interface BillFigure {
  /** What it is: `bill 1`, or what was previewed. */
  readonly name: string;
  /** The date that it fell due, or was shown for. */
  readonly date: string;
  readonly total: string;
  readonly lines: readonly { description: string; why: string; amount: string }[];
}

/** Whose story it is. */
export const ACCOUNT = 'studio';
/** 15½ of March's 31 days. */
const HALF_TIME = '2026-03-16T12:00:00Z';

/**
 * The story of one customer: subscribed to a small plan in advance, a larger plan from the 15th on (shown before it is
 * billed), what the running month comes to by its middle and at its end, and events that arrive after the month was
 * billed. Every call carries a request_id, so that a platform that was kept answers what is there already; what was
 * only shown is then past, and left out.
 */
export async function playChanges(clients: Clients): Promise<BillFigure[]> {
  await clients.testClock.createTestClock({
    currentTime: at('2026-03-01T00:00:00Z'),
    requestId: 'changes-clock',
  });
  const { testClock } = await clients.testClock.getTestClock({});
  const isAgain = timestampMs(testClock?.currentTime ?? at(HALF_TIME)) > Date.parse(HALF_TIME);
  const { subscriptionId, largeId } = await subscribeStudio(clients);
  await sendMinutes(clients, 'early', '2026-03-05T00:00:00Z', 1000);
  await advance(clients, '2026-03-15T00:00:00Z');

  const change = { planId: largeId, timing: ChangeTiming.NOW, proration: Proration.DAY };
  const shown = await clients.subscriptions.previewChange({ subscriptionId, change });
  const request = { subscriptionId, change, requestId: 'changes-larger' };
  await clients.subscriptions.changeSubscription(request);
  await advance(clients, HALF_TIME);
  const running = await clients.bills.previewBill({ subscriptionId });

  // The month's end and its grace; then events of the month arrive late, and are on the next bill.
  await advance(clients, '2026-04-01T01:00:00Z');
  await sendMinutes(clients, 'late', '2026-03-10T00:00:00Z', 500);
  await advance(clients, '2026-05-01T01:00:00Z');
  const { bills } = await clients.bills.listBills({ subscriptionId });
  const figures = bills.map((bill) => figureOf(`bill ${bill.number + 1}`, bill));
  if (isAgain) return figures;
  return [
    ...figures.slice(0, 1),
    figureOf('PreviewChange: what the larger plan will bill', shown.bill),
    ...figures.slice(1, 2),
    figureOf('PreviewBill: the month so far', running.bill),
    figureOf('PreviewBill: forecast of the month by its pace', running.forecast),
    ...figures.slice(2),
  ];
}

async function subscribeStudio(
  clients: Clients,
): Promise<{ subscriptionId: string; largeId: string }> {
  await clients.accounts.createAccount({
    accountId: ACCOUNT,
    name: 'Studio',
    requestId: 'changes-account',
  });
  const { meter } = await clients.meters.createMeter({
    name: 'Minutes',
    eventName: 'Rendered',
    profiles: [
      {
        code: 'minutes',
        name: 'Minutes',
        aggregationMethod: AggregationMethod.SUM,
        aggregationProperty: 'minutes',
      },
    ],
    requestId: 'changes-meter',
  });
  const planOf = async (name: string, amount: string, unitAmount: string) => {
    const { plan } = await clients.plans.createPlan({
      name,
      currencyCode: 'USD',
      fees: [
        {
          name: `${name} plan`,
          price: { model: { case: 'flat', value: { amount } } },
          timing: FeeTiming.ADVANCE,
        },
        {
          name: `${name} minutes`,
          price: { model: { case: 'perUnit', value: { unitAmount } } },
          meterProfile: { meterId: meter?.id ?? '', profile: '' },
          unit: 'minute',
        },
      ],
      requestId: `changes-plan-${name}`,
    });
    return plan?.id ?? '';
  };
  const smallId = await planOf('Small', '10.00', '0.02');
  const largeId = await planOf('Large', '20.00', '0.01');
  const { subscription } = await clients.subscriptions.createSubscription({
    accountId: ACCOUNT,
    planId: smallId,
    requestId: 'changes-subscription',
  });
  return { subscriptionId: subscription?.id ?? '', largeId };
}

async function sendMinutes(clients: Clients, key: string, time: string, minutes: number) {
  const properties = { billingrails_account_id: ACCOUNT, minutes };
  await clients.events.ingestEvents({
    events: [
      { eventName: 'Rendered', idempotencyKey: `changes-${key}`, timestamp: at(time), properties },
    ],
  });
}

function advance(clients: Clients, time: string): Promise<void> {
  return advanceClock(clients, at(time), `changes-${time}`);
}

/** A bill in short. */
export function figureOf(name: string, bill: Bill | undefined): BillFigure {
  const { dueTime, total, lines = [] } = bill ?? {};
  return {
    name,
    date: dueTime === undefined ? '' : new Date(timestampMs(dueTime)).toISOString().slice(0, 10),
    total: total?.amount ?? '',
    lines: lines.map(({ description, kind, reason, amount }) => ({
      description,
      why: [LineKind[kind], ...(reason === LineReason.UNSPECIFIED ? [] : [LineReason[reason]])]
        .join(', ')
        .toLowerCase()
        .replaceAll('_', ' '),
      amount: amount?.amount ?? '',
    })),
  };
}
