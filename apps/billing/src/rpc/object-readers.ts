import { AccountSchema } from '@billingrails/contracts/billingrails/billing/v1/account_pb';
import { AlertSchema } from '@billingrails/contracts/billingrails/billing/v1/alert_pb';
import { BillingSettingsSchema } from '@billingrails/contracts/billingrails/billing/v1/billing_settings_pb';
import type { UpdateBillingSettingsRequest } from '@billingrails/contracts/billingrails/billing/v1/billing_settings_service_pb';
import { CreditGrantSchema } from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import { EntitlementSchema } from '@billingrails/contracts/billingrails/billing/v1/feature_pb';
import {
  PlanSchema,
  PriceCorrectionSchema,
} from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import type { EditPlanVersionRequest } from '@billingrails/contracts/billingrails/billing/v1/plan_service_pb';
import { ProductSchema } from '@billingrails/contracts/billingrails/billing/v1/product_pb';
import { RecurringCreditGrantSchema } from '@billingrails/contracts/billingrails/billing/v1/recurring_credit_grant_pb';
import { ReservationSchema } from '@billingrails/contracts/billingrails/billing/v1/reservation_pb';
import { SubscriptionSchema } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { TestClockSchema } from '@billingrails/contracts/billingrails/billing/v1/test_clock_pb';
import type { AdvanceTestClockRequest } from '@billingrails/contracts/billingrails/billing/v1/test_clock_service_pb';
import { TopUpRuleSchema } from '@billingrails/contracts/billingrails/billing/v1/top_up_pb';
import { noneBefore, objectReader, type ObjectReader } from '@billingrails/mongo';
import { accountToProto } from '../accounts/rpc/account-messages';
import { alertToProto } from '../alerts/contract/alert';
import { planToProto } from '../catalogue/contract/plan';
import { productToProto } from '../catalogue/rpc/product-service';
import { accountOf, isAdvancing, testClockToProto } from '../clocks/rpc/test-clock-service';
import { creditGrantToProto } from '../credits/contract/credit-grant';
import { existingGrant } from '../credits/use-cases/existing';
import { entitlementToProto } from '../entitlements/rpc/entitlement-messages';
import { recurringToProto } from '../recurring-credits/rpc/recurring-messages';
import { existingRecurring } from '../recurring-credits/use-cases/define';
import type { SubscriptionParts } from '../service-parts';
import {
  billingSettingsToProto,
  settingsOwnerFromProto,
} from '../settings/contract/billing-settings';
import { settingsOf } from '../settings/use-cases/settings-of';
import { subscriptionToProto } from '../subscriptions/contract/subscription';
import { existing } from '../subscriptions/use-cases/existing';
import { ruleToProto } from '../top-ups/rpc/top-up-messages';
import { existingRule } from '../top-ups/use-cases/rules';

/** How the audit log sees what a request is about to change. */
export function objectReaders(parts: SubscriptionParts): readonly ObjectReader[] {
  const { accounts, alerts, clocks, due, entitlements, plans, products } = parts;
  return [
    objectReader(AccountSchema, async ({ organisationId, id }, session) => {
      const account = await accounts.find(organisationId, id, session);
      if (account === undefined) return undefined;
      return accountToProto(account, await accounts.withPayers(organisationId, [id], session));
    }),
    objectReader(AlertSchema, async ({ organisationId, id }, session) => {
      const alert = await alerts.find(organisationId, id, session);
      return alert && alertToProto(alert);
    }),
    objectReader(BillingSettingsSchema, async ({ organisationId, request }, session) => {
      const owner = settingsOwnerFromProto(request as UpdateBillingSettingsRequest);
      const { own } = await settingsOf(parts, organisationId, owner, session);
      return billingSettingsToProto(own);
    }),
    objectReader(CreditGrantSchema, async ({ organisationId, id }, session) =>
      creditGrantToProto(await existingGrant(parts, organisationId, id, session)),
    ),
    objectReader(EntitlementSchema, async ({ organisationId, id }, session) => {
      const entitlement = await entitlements.find(organisationId, id, session);
      return entitlement && entitlementToProto(entitlement);
    }),
    objectReader(PlanSchema, async ({ organisationId, id, request }, session) => {
      // Of those that name no version, the answer is the one that holds.
      const { version = 0 } = request as Partial<EditPlanVersionRequest>;
      const plan = await plans.find(organisationId, id, version, session);
      return plan && planToProto(plan);
    }),
    objectReader(ProductSchema, async ({ organisationId, id }, session) => {
      const product = await products.find(organisationId, id, session);
      return product && productToProto(product);
    }),
    objectReader(RecurringCreditGrantSchema, async ({ organisationId, id }, session) =>
      recurringToProto(await existingRecurring(parts, organisationId, id, session)),
    ),
    objectReader(SubscriptionSchema, async ({ organisationId, id }, session) => {
      const subscription = await existing(parts, organisationId, id, session);
      const { accountId } = subscription;
      const { nowMs } = await clocks.presentOf(organisationId, accountId, session);
      return subscriptionToProto(subscription, nowMs);
    }),
    objectReader(TestClockSchema, async ({ organisationId, request }, session) => {
      const { accountId } = request as AdvanceTestClockRequest;
      const clock = await clocks.findTestClock(organisationId, accountOf({ accountId }), session);
      return clock && testClockToProto(clock, await isAdvancing(due, clock, session));
    }),
    objectReader(TopUpRuleSchema, async ({ organisationId, id }, session) => {
      const rule = await existingRule(parts, organisationId, id, session);
      const { nowMs } = await clocks.presentOf(organisationId, rule.accountId, session);
      return ruleToProto(rule, nowMs);
    }),
    noneBefore(PriceCorrectionSchema),
    noneBefore(ReservationSchema),
  ];
}
