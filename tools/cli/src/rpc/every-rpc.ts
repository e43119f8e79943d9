import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { ApiKeyService } from '@billingrails/contracts/billingrails/access/v1/api_key_service_pb';
import { AuditService } from '@billingrails/contracts/billingrails/access/v1/audit_service_pb';
import { OrganisationService } from '@billingrails/contracts/billingrails/access/v1/organisation_service_pb';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { StoredEventService } from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
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
import { CollectionService } from '@billingrails/contracts/billingrails/invoicing/v1/collection_service_pb';
import { CreditNoteService } from '@billingrails/contracts/billingrails/invoicing/v1/credit_note_service_pb';
import { PaymentService } from '@billingrails/contracts/billingrails/invoicing/v1/payment_service_pb';
import { ReceivableService } from '@billingrails/contracts/billingrails/invoicing/v1/receivable_service_pb';
import { TopUpService } from '@billingrails/contracts/billingrails/billing/v1/top_up_service_pb';
import { InvoicingSettingsService } from '@billingrails/contracts/billingrails/invoicing/v1/invoicing_settings_service_pb';
import { TaxService } from '@billingrails/contracts/billingrails/invoicing/v1/tax_service_pb';
import { ExportService } from '@billingrails/contracts/billingrails/invoicing/v1/export_service_pb';
import { CouponService } from '@billingrails/contracts/billingrails/invoicing/v1/coupon_service_pb';
import { WebhookDeliveryService } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_delivery_service_pb';
import { WebhookEndpointService } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_endpoint_service_pb';
import { InvoiceService } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';

/** The services of the public API, by the process that serves them. */
export const publicServices = {
  ingest: [EventService],
  metering: [MeterService, StoredEventService, UsageService],
  billing: [
    AccountService,
    PlanService,
    SubscriptionService,
    BillService,
    PriceService,
    FeatureService,
    ProductService,
    EntitlementService,
    CreditService,
    RecurringCreditGrantService,
    TopUpService,
    ReservationService,
    TestClockService,
    BillingSettingsService,
    AlertService,
  ],
  invoicing: [
    InvoiceService,
    InvoicingSettingsService,
    PaymentService,
    CollectionService,
    CreditNoteService,
    ReceivableService,
    TaxService,
    CouponService,
    ExportService,
  ],
  webhooks: [WebhookEndpointService, WebhookDeliveryService],
  access: [OrganisationService, ApiKeyService, AuditService],
} as const satisfies Record<string, readonly DescService[]>;

export type ServiceName = keyof typeof publicServices;

/** Every RPC of the public API with the process that serves it, taken from the descriptors. */
export function everyRpc(): { process: ServiceName; service: DescService; method: DescMethod }[] {
  return Object.entries(publicServices).flatMap(([process, services]) =>
    services.flatMap((service: DescService) =>
      service.methods.map((method) => ({ process: process as ServiceName, service, method })),
    ),
  );
}

/** The process that serves a method; undefined for one that is not of the public API. */
export function processOf(method: DescMethod): ServiceName | undefined {
  return processes.get(method.parent.typeName);
}

const processes: ReadonlyMap<string, ServiceName> = new Map(
  Object.entries(publicServices).flatMap(([process, services]) =>
    services.map(({ typeName }: DescService) => [typeName, process as ServiceName] as const),
  ),
);

/** How a request names its method: `AccountService.CreateAccount`. */
export function methodName(method: DescMethod): string {
  return `${method.parent.name}.${method.name}`;
}
