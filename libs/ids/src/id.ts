/** An id of one kind of thing: its prefix, "_", and 26 lower-case characters of Crockford's base32 (128 bits). */
export type Id<Prefix extends string> = `${Prefix}_${string}`;

export type OrganisationId = Id<'org'>;
export type MeterId = Id<'mtr'>;
export type ProfileId = Id<'mpf'>;
export type PlanId = Id<'plan'>;
export type FeeId = Id<'fee'>;
export type SubscriptionId = Id<'sub'>;
export type ChargeId = Id<'chg'>;
export type BillId = Id<'bill'>;
export type JointId = Id<'jnt'>;
export type InvoiceId = Id<'inv'>;
export type LineId = Id<'line'>;
export type DiscountId = Id<'dsc'>;
export type ProductId = Id<'prod'>;
export type TaxRateId = Id<'txr'>;
export type CouponId = Id<'cpn'>;
export type CouponRedemptionId = Id<'cpr'>;
export type PaymentId = Id<'pmt'>;
export type PaymentAttemptId = Id<'pat'>;
export type RefundId = Id<'rfd'>;
export type CreditNoteId = Id<'crn'>;
export type LogoId = Id<'logo'>;
export type FeatureId = Id<'feat'>;
export type CreditUnitId = Id<'cun'>;
export type CreditGrantId = Id<'cgr'>;
export type RecurringCreditGrantId = Id<'rcg'>;
export type TopUpRuleId = Id<'tur'>;
export type TopUpId = Id<'tup'>;
export type EntitlementId = Id<'ent'>;
export type ReservationId = Id<'rsv'>;
export type AlertId = Id<'alr'>;
export type AlertEventId = Id<'aev'>;
export type ChangeEventId = Id<'evt'>;
export type WebhookEndpointId = Id<'whe'>;
export type WebhookDeliveryId = Id<'whd'>;
export type ApiKeyId = Id<'key'>;

/** 26 characters hold 130 bits, an id has 128: the first is at most 7. */
const body = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** The text as an id of that kind; undefined when it is not exactly one (another prefix, case or length). */
export function parseId<Prefix extends string>(
  prefix: Prefix,
  text: string,
): Id<Prefix> | undefined {
  const head = `${prefix}_` as const;
  if (!text.startsWith(head)) return undefined;
  const rest = text.slice(head.length);
  return body.test(rest) ? `${head}${rest}` : undefined;
}
