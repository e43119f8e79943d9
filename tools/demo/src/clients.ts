import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { AccountService } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import { BillService } from '@billingrails/contracts/billingrails/billing/v1/bill_service_pb';
import { PlanService } from '@billingrails/contracts/billingrails/billing/v1/plan_service_pb';
import { SubscriptionService } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { TestClockService } from '@billingrails/contracts/billingrails/billing/v1/test_clock_service_pb';
import { InvoiceService } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import { createRpcClient } from '@billingrails/rpc';
import type { ServiceUrls } from '@billingrails/stack';

/** One gRPC client for each service of the public API that the demo uses. */
export type Clients = ReturnType<typeof connectClients>['clients'];

/** Opens the clients with one organisation's key; `close` ends their connections. */
export function connectClients(urls: ServiceUrls, key: string) {
  const opened = {
    events: createRpcClient(EventService, { url: urls.ingest, key }),
    meters: createRpcClient(MeterService, { url: urls.metering, key }),
    usage: createRpcClient(UsageService, { url: urls.metering, key }),
    accounts: createRpcClient(AccountService, { url: urls.billing, key }),
    plans: createRpcClient(PlanService, { url: urls.billing, key }),
    subscriptions: createRpcClient(SubscriptionService, { url: urls.billing, key }),
    bills: createRpcClient(BillService, { url: urls.billing, key }),
    testClock: createRpcClient(TestClockService, { url: urls.billing, key }),
    invoices: createRpcClient(InvoiceService, { url: urls.invoicing, key }),
  };
  return {
    clients: {
      events: opened.events.client,
      meters: opened.meters.client,
      usage: opened.usage.client,
      accounts: opened.accounts.client,
      plans: opened.plans.client,
      subscriptions: opened.subscriptions.client,
      bills: opened.bills.client,
      testClock: opened.testClock.client,
      invoices: opened.invoices.client,
    },
    close: () => Object.values(opened).forEach(({ close }) => close()),
  };
}
