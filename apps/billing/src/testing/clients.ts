import type { DescService } from '@bufbuild/protobuf';
import { AccountService } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import { AlertService } from '@billingrails/contracts/billingrails/billing/v1/alert_service_pb';
import { BillingSettingsService } from '@billingrails/contracts/billingrails/billing/v1/billing_settings_service_pb';
import { BillService } from '@billingrails/contracts/billingrails/billing/v1/bill_service_pb';
import { CreditService } from '@billingrails/contracts/billingrails/billing/v1/credit_service_pb';
import { EntitlementService } from '@billingrails/contracts/billingrails/billing/v1/entitlement_service_pb';
import { FeatureService } from '@billingrails/contracts/billingrails/billing/v1/feature_service_pb';
import { PlanService } from '@billingrails/contracts/billingrails/billing/v1/plan_service_pb';
import { PriceService } from '@billingrails/contracts/billingrails/billing/v1/price_service_pb';
import { RecurringCreditGrantService } from '@billingrails/contracts/billingrails/billing/v1/recurring_credit_grant_service_pb';
import { ProductService } from '@billingrails/contracts/billingrails/billing/v1/product_service_pb';
import { ReservationService } from '@billingrails/contracts/billingrails/billing/v1/reservation_service_pb';
import { SubscriptionService } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { TestClockService } from '@billingrails/contracts/billingrails/billing/v1/test_clock_service_pb';
import { TopUpService } from '@billingrails/contracts/billingrails/billing/v1/top_up_service_pb';
import { createRpcClient } from '@billingrails/rpc';
import { PATIENCE_MS } from '@billingrails/testing';
import type { Client } from '@connectrpc/connect';

/** Generated clients of every service, over real gRPC. */
export interface Clients {
  readonly accounts: Client<typeof AccountService>;
  readonly plans: Client<typeof PlanService>;
  readonly products: Client<typeof ProductService>;
  readonly subscriptions: Client<typeof SubscriptionService>;
  readonly features: Client<typeof FeatureService>;
  readonly entitlements: Client<typeof EntitlementService>;
  readonly reservations: Client<typeof ReservationService>;
  readonly testClock: Client<typeof TestClockService>;
  readonly bills: Client<typeof BillService>;
  readonly prices: Client<typeof PriceService>;
  readonly credits: Client<typeof CreditService>;
  readonly recurringCredits: Client<typeof RecurringCreditGrantService>;
  readonly topUps: Client<typeof TopUpService>;
  readonly settings: Client<typeof BillingSettingsService>;
  readonly alerts: Client<typeof AlertService>;
  close(): void;
}

/** Opens clients that show `key` as their key. */
export function openClients(port: number, key: string): Clients {
  const closers: (() => void)[] = [];
  const open = <S extends DescService>(service: S): Client<S> => {
    const { client, close } = createRpcClient(service, {
      ...{ url: `dns:///127.0.0.1:${port}`, key },
      defaultTimeoutMs: PATIENCE_MS,
    });
    closers.push(close);
    return client;
  };
  return {
    accounts: open(AccountService),
    plans: open(PlanService),
    products: open(ProductService),
    subscriptions: open(SubscriptionService),
    features: open(FeatureService),
    entitlements: open(EntitlementService),
    reservations: open(ReservationService),
    testClock: open(TestClockService),
    bills: open(BillService),
    prices: open(PriceService),
    credits: open(CreditService),
    recurringCredits: open(RecurringCreditGrantService),
    topUps: open(TopUpService),
    settings: open(BillingSettingsService),
    alerts: open(AlertService),
    close() {
      for (const close of closers) close();
    },
  };
}
