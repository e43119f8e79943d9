import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { AccountService } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import { PlanService } from '@billingrails/contracts/billingrails/billing/v1/plan_service_pb';
import { SubscriptionService } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { TestClockService } from '@billingrails/contracts/billingrails/billing/v1/test_clock_service_pb';
import { IngestEventsRequestSchema } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { createRpcClient } from '@billingrails/rpc';
import type { Platform } from '@billingrails/stack';
import { GrpcCaller, grpcFrame, waitFor } from '@billingrails/testing';
import type { Clients } from '@billingrails/stack/clients';
import { lastMonth } from '../load/history';
import { allMetered } from '../load/metered';
import type { RunDocuments } from './documents';

const EVENT_NAME = 'Job done';
const EVENTS_IN_BATCH = 100;
const CALLERS = 32;
/** Primes, so that an account's events are scattered over the month. */
const [STEP, DAY_STEP] = [7_919, 2_654_435_761];

/** What is to be billed. */
export interface RunSize {
  readonly subscriptions: number;
  /** Events of each account in the month. */
  readonly accountEvents: number;
}

/** gRPC clients of billing. */
export function billingClients({ urls, key }: Platform) {
  const options = { key, url: urls.billing, defaultTimeoutMs: 60_000 };
  const opened = {
    accounts: createRpcClient(AccountService, options),
    plans: createRpcClient(PlanService, options),
    subscriptions: createRpcClient(SubscriptionService, options),
    testClock: createRpcClient(TestClockService, options),
  };
  return {
    accounts: opened.accounts.client,
    plans: opened.plans.client,
    subscriptions: opened.subscriptions.client,
    testClock: opened.testClock.client,
    close: () => Object.values(opened).forEach(({ close }) => close()),
  };
}

/**
 * Subscribes accounts to a plan with three fees (flat, by unit of a count, graduated of a sum) from the first instant
 * of the last month on, by a test clock that stands there, and lets each have so many events in that month. One is
 * subscribed through the API, the others are copies of its documents: a test clock takes subscriptions one by one.
 */
export async function subscribeAll(
  platform: Platform,
  { meters, usage }: Pick<Clients, 'meters' | 'usage'>,
  documents: RunDocuments,
  size: RunSize,
): Promise<void> {
  const { meter } = await meters.createMeter({
    name: EVENT_NAME,
    eventName: EVENT_NAME,
    profiles: [
      { code: 'count', name: 'Count', aggregationMethod: AggregationMethod.COUNT },
      {
        ...{ code: 'seconds', name: 'Seconds', aggregationProperty: 'seconds' },
        aggregationMethod: AggregationMethod.SUM,
      },
    ],
  });
  const meterId = meter?.id ?? '';
  const clients = billingClients(platform);
  const { startMs } = lastMonth();
  await clients.testClock.createTestClock({ currentTime: timestampFromMs(startMs) });
  const { plan } = await clients.plans.createPlan({
    name: 'Three fees',
    currencyCode: 'USD',
    fees: feesOf(meterId),
  });
  const accountId = accountIdOf(0);
  await clients.accounts.createAccount({ accountId, name: 'Account' });
  await clients.subscriptions.createSubscription({ accountId, planId: plan?.id ?? '' });
  clients.close();
  await documents.multiplySubscription(size.subscriptions, accountIdOf);
  await sendEvents(platform, size);
  await allMetered({ usage } as Clients, meterId);
  // The end of a month is measured, not what is left to do of a month's events that came within seconds.
  await waitFor(() => documents.isSettled(size.subscriptions), {
    what: 'all of the month to settle',
  });
}

function feesOf(meterId: string) {
  return [
    { name: 'Platform', price: { model: { case: 'flat' as const, value: { amount: '20.00' } } } },
    {
      name: 'Jobs',
      price: { model: { case: 'perUnit' as const, value: { unitAmount: '0.0125' } } },
      meterProfile: { meterId, profile: 'count' },
      unit: 'job',
    },
    {
      name: 'Computing',
      price: {
        model: {
          case: 'graduated' as const,
          value: {
            tiers: [
              { upTo: '1000', unitAmount: '0' },
              { upTo: '20000', unitAmount: '0.0005' },
              { upTo: '', unitAmount: '0.0003' },
            ],
          },
        },
      },
      meterProfile: { meterId, profile: 'seconds' },
      unit: 'second',
    },
  ];
}

async function sendEvents(platform: Platform, size: RunSize): Promise<void> {
  const { key, httpUrls } = platform;
  const caller = new GrpcCaller(httpUrls.ingest, { authorization: `Bearer ${key}` });
  const method = '/billingrails.ingest.v1.EventService/IngestEvents';
  const count = size.subscriptions * size.accountEvents;
  await each(Math.ceil(count / EVENTS_IN_BATCH), async (batch) => {
    const from = batch * EVENTS_IN_BATCH;
    const length = Math.min(EVENTS_IN_BATCH, count - from);
    const events = Array.from({ length }, (_, n) => eventOf(from + n, size));
    const request = create(IngestEventsRequestSchema, { events });
    await caller.call(method, grpcFrame(toBinary(IngestEventsRequestSchema, request)));
  });
  caller.close();
}

function eventOf(n: number, { subscriptions }: RunSize) {
  const { startMs, endMs } = lastMonth();
  return {
    eventName: EVENT_NAME,
    idempotencyKey: `job-${n}`,
    timestamp: timestampFromMs(startMs + ((n * DAY_STEP) % (endMs - startMs))),
    properties: {
      seconds: 1 + (n % 600) + 0.25,
      billingrails_account_id: accountIdOf((n * STEP) % subscriptions),
    },
  };
}

function accountIdOf(index: number): string {
  return `acct_run_${index}`;
}

/** Does something for 0, 1, … , for some of them at a time. */
async function each(count: number, run: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: CALLERS }, work));
}
