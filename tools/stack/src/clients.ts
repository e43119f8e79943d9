import type { DescService } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
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
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { CouponService } from '@billingrails/contracts/billingrails/invoicing/v1/coupon_service_pb';
import { ExportService } from '@billingrails/contracts/billingrails/invoicing/v1/export_service_pb';
import { TaxService } from '@billingrails/contracts/billingrails/invoicing/v1/tax_service_pb';
import { CreditNoteService } from '@billingrails/contracts/billingrails/invoicing/v1/credit_note_service_pb';
import { PaymentService } from '@billingrails/contracts/billingrails/invoicing/v1/payment_service_pb';
import { InvoicingSettingsService } from '@billingrails/contracts/billingrails/invoicing/v1/invoicing_settings_service_pb';
import { InvoiceService } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import { ReceivableService } from '@billingrails/contracts/billingrails/invoicing/v1/receivable_service_pb';
import { WebhookDeliveryService } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_delivery_service_pb';
import { WebhookEndpointService } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_endpoint_service_pb';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { ApiKeyService } from '@billingrails/contracts/billingrails/access/v1/api_key_service_pb';
import { AuditService } from '@billingrails/contracts/billingrails/access/v1/audit_service_pb';
import { OrganisationService } from '@billingrails/contracts/billingrails/access/v1/organisation_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { createRpcClient } from '@billingrails/rpc';
import type { ServiceUrls } from './services/service-names';

/** One gRPC client for each service of the public API that tools use. */
export type Clients = ReturnType<typeof connectClients>['clients'];

/** Far longer than services give each other: a tool also waits for a machine that is busy with all of them. */
const CALL_MS_MAX = 120_000;

/** Makes the clients with one organisation's key, which connect with their first calls; `close` ends them. */
export function connectClients(
  urls: ServiceUrls,
  key: string,
  { defaultTimeoutMs = CALL_MS_MAX }: { readonly defaultTimeoutMs?: number } = {},
) {
  const closers: (() => void)[] = [];
  const connect = <S extends DescService>(service: S, url: string): Client<S> => {
    const { client, close } = createRpcClient(service, { url, key, defaultTimeoutMs });
    closers.push(close);
    return client;
  };
  return {
    clients: {
      events: connect(EventService, urls.ingest),
      meters: connect(MeterService, urls.metering),
      usage: connect(UsageService, urls.metering),
      accounts: connect(AccountService, urls.billing),
      plans: connect(PlanService, urls.billing),
      products: connect(ProductService, urls.billing),
      prices: connect(PriceService, urls.billing),
      subscriptions: connect(SubscriptionService, urls.billing),
      features: connect(FeatureService, urls.billing),
      entitlements: connect(EntitlementService, urls.billing),
      reservations: connect(ReservationService, urls.billing),
      testClock: connect(TestClockService, urls.billing),
      settings: connect(BillingSettingsService, urls.billing),
      bills: connect(BillService, urls.billing),
      credits: connect(CreditService, urls.billing),
      alerts: connect(AlertService, urls.billing),
      recurringCredits: connect(RecurringCreditGrantService, urls.billing),
      topUps: connect(TopUpService, urls.billing),
      invoices: connect(InvoiceService, urls.invoicing),
      invoicingSettings: connect(InvoicingSettingsService, urls.invoicing),
      receivables: connect(ReceivableService, urls.invoicing),
      creditNotes: connect(CreditNoteService, urls.invoicing),
      payments: connect(PaymentService, urls.invoicing),
      taxes: connect(TaxService, urls.invoicing),
      coupons: connect(CouponService, urls.invoicing),
      exports: connect(ExportService, urls.invoicing),
      organisations: connect(OrganisationService, urls.access),
      apiKeys: connect(ApiKeyService, urls.access),
      audit: connect(AuditService, urls.access),
      webhookEndpoints: connect(WebhookEndpointService, urls.webhooks),
      webhookDeliveries: connect(WebhookDeliveryService, urls.webhooks),
    },
    close: () => closers.forEach((close) => close()),
  };
}
