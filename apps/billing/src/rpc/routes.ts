import { AlertService } from '@billingrails/contracts/billingrails/billing/v1/alert_service_pb';
import { AccountService } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
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
import type { SubscriptionParts } from '../service-parts';
import type { ConnectRouter } from '@connectrpc/connect';
import { accountService } from '../accounts/rpc/account-service';
import { priceService } from '../bills/rpc/price-service';
import { billService } from '../bills/rpc/bill-service';
import { creditService } from '../credits/rpc/credit-service';
import { entitlementService } from '../entitlements/rpc/entitlement-service';
import { featureService } from '../entitlements/rpc/feature-service';
import { recurringCreditGrantService } from '../recurring-credits/rpc/recurring-service';
import { alertService } from '../alerts/rpc/alert-service';
import { reservationService } from '../entitlements/rpc/reservation-service';
import { planService } from '../catalogue/rpc/plan-service';
import { productService } from '../catalogue/rpc/product-service';
import { billingSettingsService } from '../settings/rpc/billing-settings-service';
import { subscriptionService } from '../subscriptions/rpc/subscription-service';
import { testClockService } from '../clocks/rpc/test-clock-service';
import { topUpService } from '../top-ups/rpc/top-up-service';

/** The services that billing serves. */
export const SERVICES = [
  AccountService,
  PlanService,
  ProductService,
  SubscriptionService,
  FeatureService,
  EntitlementService,
  ReservationService,
  TestClockService,
  BillService,
  PriceService,
  CreditService,
  RecurringCreditGrantService,
  TopUpService,
  BillingSettingsService,
  AlertService,
];

/** Puts the services on a router. */
export function routes(parts: SubscriptionParts): (router: ConnectRouter) => void {
  return (router) => {
    router.service(AccountService, accountService(parts));
    router.service(PlanService, planService(parts));
    router.service(ProductService, productService(parts));
    router.service(SubscriptionService, subscriptionService(parts));
    router.service(FeatureService, featureService(parts));
    router.service(EntitlementService, entitlementService(parts));
    router.service(ReservationService, reservationService(parts));
    router.service(TestClockService, testClockService(parts));
    router.service(BillService, billService(parts));
    router.service(PriceService, priceService(parts));
    router.service(CreditService, creditService(parts));
    router.service(RecurringCreditGrantService, recurringCreditGrantService(parts));
    router.service(TopUpService, topUpService(parts));
    router.service(BillingSettingsService, billingSettingsService(parts));
    router.service(AlertService, alertService(parts));
  };
}
