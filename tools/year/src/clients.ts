import { setTimeout as delay } from 'node:timers/promises';
import { Code, ConnectError } from '@connectrpc/connect';
import { AccountService } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import { BillService } from '@billingrails/contracts/billingrails/billing/v1/bill_service_pb';
import { PlanService } from '@billingrails/contracts/billingrails/billing/v1/plan_service_pb';
import { PriceService } from '@billingrails/contracts/billingrails/billing/v1/price_service_pb';
import { SubscriptionService } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { TestClockService } from '@billingrails/contracts/billingrails/billing/v1/test_clock_service_pb';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { InvoiceService } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { createRpcClient } from '@billingrails/rpc';
import type { ServiceUrls } from '@billingrails/stack';

/** One gRPC client for each service that a year needs. */
export type Clients = ReturnType<typeof connectClients>['clients'];

/** Opens the clients with one organisation's key; `close` ends their connections. */
export function connectClients(urls: ServiceUrls, key: string) {
  const opened = {
    events: createRpcClient(EventService, { url: urls.ingest, key }),
    meters: createRpcClient(MeterService, { url: urls.metering, key }),
    accounts: createRpcClient(AccountService, { url: urls.billing, key }),
    plans: createRpcClient(PlanService, { url: urls.billing, key }),
    subscriptions: createRpcClient(SubscriptionService, { url: urls.billing, key }),
    testClock: createRpcClient(TestClockService, { url: urls.billing, key }),
    bills: createRpcClient(BillService, { url: urls.billing, key }),
    prices: createRpcClient(PriceService, { url: urls.billing, key }),
    invoices: createRpcClient(InvoiceService, { url: urls.invoicing, key }),
  };
  return {
    clients: {
      events: opened.events.client,
      meters: opened.meters.client,
      accounts: opened.accounts.client,
      plans: opened.plans.client,
      subscriptions: opened.subscriptions.client,
      testClock: opened.testClock.client,
      bills: opened.bills.client,
      prices: opened.prices.client,
      invoices: opened.invoices.client,
    },
    close: () => Object.values(opened).forEach(({ close }) => close()),
  };
}

const PASSING = [Code.Unavailable, Code.ResourceExhausted, Code.DeadlineExceeded, Code.Aborted];
const RETRY_MS = 100;
const PATIENCE_MS = 120_000;

/** Calls again while a service is away. Every call has a request id or keys, so it counts once. */
export async function steadily<T>(call: () => Promise<T>): Promise<T> {
  const giveUpMs = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!PASSING.includes(ConnectError.from(error).code) || Date.now() > giveUpMs) throw error;
      await delay(RETRY_MS);
    }
  }
}

const POLL_MS = 50;

/** Looks again and again until there is something. */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const giveUpMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await steadily(look);
    if (found !== undefined) return found;
    if (Date.now() > giveUpMs)
      throw new Error(`After ${PATIENCE_MS / 1000} s still waiting until ${what}.`);
    await delay(POLL_MS);
  }
}
