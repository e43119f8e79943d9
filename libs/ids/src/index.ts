export { isAccountId } from './account-id';
export type { AccountId } from './account-id';
export { derivedId, derivedIdAt } from './derived-id';
export { parseId } from './id';
export type {
  AlertEventId,
  AlertId,
  ApiKeyId,
  BillId,
  ChangeEventId,
  ChargeId,
  CouponId,
  CouponRedemptionId,
  EntitlementId,
  CreditGrantId,
  CreditNoteId,
  CreditUnitId,
  DiscountId,
  FeatureId,
  FeeId,
  Id,
  InvoiceId,
  JointId,
  LineId,
  LogoId,
  MeterId,
  OrganisationId,
  PaymentAttemptId,
  PaymentId,
  RefundId,
  PlanId,
  ProductId,
  ProfileId,
  RecurringCreditGrantId,
  ReservationId,
  SubscriptionId,
  TopUpId,
  TopUpRuleId,
  TaxRateId,
  WebhookDeliveryId,
  WebhookEndpointId,
} from './id';
export { idProblem, prefixOfField } from './kinds';
export type { IdPrefix } from './kinds';
export { createIdSource } from './id-source';
export type { IdSource } from './id-source';
