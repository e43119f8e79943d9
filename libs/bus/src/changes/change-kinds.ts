/** A kind of change that customers' systems are told of. */
export interface ChangeKind {
  /** The full name of the message that comes with it. */
  readonly objectType: string;
  /** What has happened, in a sentence. */
  readonly meaning: string;
}

const ACCOUNT = 'billingrails.billing.v1.Account';
const PLAN = 'billingrails.billing.v1.Plan';
const SUBSCRIPTION = 'billingrails.billing.v1.Subscription';
const BILL = 'billingrails.billing.v1.Bill';
const CREDIT_GRANT = 'billingrails.billing.v1.CreditGrant';
const TOP_UP = 'billingrails.billing.v1.TopUp';
const ENTITLEMENT = 'billingrails.billing.v1.Entitlement';
const ALERT_EVENT = 'billingrails.billing.v1.AlertEvent';
const INVOICE = 'billingrails.invoicing.v1.Invoice';
const PAYMENT = 'billingrails.invoicing.v1.Payment';
const PAYMENT_ATTEMPT = 'billingrails.invoicing.v1.PaymentAttempt';
const COLLECTION = 'billingrails.invoicing.v1.Collection';
const REFUND = 'billingrails.invoicing.v1.Refund';
const CREDIT_NOTE = 'billingrails.invoicing.v1.CreditNote';

/** Every kind of change, by its type. docs/webhooks-events.md is written from it. */
export const CHANGE_KINDS = {
  'account.created': { objectType: ACCOUNT, meaning: 'An account was created.' },
  'account.updated': {
    objectType: ACCOUNT,
    meaning: 'Something of an account was changed by a request.',
  },
  'plan.published': {
    objectType: PLAN,
    meaning: 'A version of a plan was published: it can be subscribed to, and never changes.',
  },
  'plan.archived': {
    objectType: PLAN,
    meaning: 'A version of a plan, or all of them, was archived; with all, the newest is told.',
  },
  'subscription.created': {
    objectType: SUBSCRIPTION,
    meaning: 'An account was subscribed; it may begin later.',
  },
  'subscription.changed': {
    objectType: SUBSCRIPTION,
    meaning:
      'Another plan, version, quantity, add-on, fee or discount has taken effect, whenever it was asked for; or an end was taken back.',
  },
  'subscription.trial_ended': {
    objectType: SUBSCRIPTION,
    meaning: 'Its trial is over, and all of it is charged from then on.',
  },
  'subscription.paused': { objectType: SUBSCRIPTION, meaning: 'A pause has begun.' },
  'subscription.resumed': { objectType: SUBSCRIPTION, meaning: 'A pause is over.' },
  'subscription.cancelled': {
    objectType: SUBSCRIPTION,
    meaning: 'It was given an end, which may be yet to come, or another one.',
  },
  'subscription.ended': {
    objectType: SUBSCRIPTION,
    meaning: 'Its end has come: cancelled, or with its trial or term.',
  },
  'subscription.renewed': {
    objectType: SUBSCRIPTION,
    meaning: 'Another minimum term of it has begun.',
  },
  'bill.created': { objectType: BILL, meaning: 'A bill was made; its invoice follows.' },
  'credit_grant.created': {
    objectType: CREDIT_GRANT,
    meaning: 'Credits were granted: by a request, by a recurring grant, or bought by a top-up.',
  },
  'credit_grant.used_up': {
    objectType: CREDIT_GRANT,
    meaning: 'Nothing is left of a grant; told when the day is posted on which it was used up.',
  },
  'credit_grant.expired': {
    objectType: CREDIT_GRANT,
    meaning: 'What was left of a grant has expired; told when its last day is posted.',
  },
  'top_up.created': {
    objectType: TOP_UP,
    meaning: 'A top-up rule has bought credits, as too few were left.',
  },
  'entitlement.granted': {
    objectType: ENTITLEMENT,
    meaning: 'A feature was granted; it may begin later.',
  },
  'entitlement.ended': {
    objectType: ENTITLEMENT,
    meaning: 'An entitlement was given an end, which may be yet to come.',
  },
  'alert.fired': {
    objectType: ALERT_EVENT,
    meaning: 'A figure of an account has passed a threshold of an alert, such as a limit.',
  },
  'invoice.created': {
    objectType: INVOICE,
    meaning: 'A draft was made that waits, or that a void invoice is issued anew by.',
  },
  'invoice.finalized': {
    objectType: INVOICE,
    meaning: 'An invoice has its number and never changes again.',
  },
  'invoice.partly_paid': {
    objectType: INVOICE,
    meaning: 'A payment or credit note has taken a part off what was open.',
  },
  'invoice.paid': {
    objectType: INVOICE,
    meaning:
      'Nothing is open any more; told after invoice.finalized of one that never asked for anything.',
  },
  'invoice.overdue': {
    objectType: INVOICE,
    meaning: 'Its due date is over and something is open. Told once of an invoice.',
  },
  'invoice.voided': { objectType: INVOICE, meaning: 'Nothing is owed by it any more.' },
  'invoice.uncollectible': {
    objectType: INVOICE,
    meaning: 'What is open is not expected to be paid.',
  },
  'payment.recorded': { objectType: PAYMENT, meaning: 'A payment was recorded.' },
  'payment.reversed': {
    objectType: PAYMENT,
    meaning: 'A payment was taken back; what it paid is open again.',
  },
  'payment.disputed': {
    objectType: PAYMENT,
    meaning: 'The payer’s bank wants a payment back; until that is decided it pays its invoices.',
  },
  'payment.dispute_won': {
    objectType: PAYMENT,
    meaning:
      'A disputed payment stays; of one that was lost before, what comes back is a payment of its own.',
  },
  'payment.dispute_lost': {
    objectType: PAYMENT,
    meaning: 'A disputed payment was lost; told after payment.reversed.',
  },
  'payment_attempt.failed': {
    objectType: PAYMENT_ATTEMPT,
    meaning: 'An attempt to take what an invoice asks for took nothing. Told once of an attempt.',
  },
  'collection.exhausted': {
    objectType: COLLECTION,
    meaning: 'The last attempt to collect an invoice has failed: none is made by itself any more.',
  },
  'refund.succeeded': { objectType: REFUND, meaning: 'Money of a payment was paid back.' },
  'refund.failed': {
    objectType: REFUND,
    meaning: 'Money was not paid back, also weeks later; it is on the account’s balance.',
  },
  'credit_note.created': {
    objectType: CREDIT_NOTE,
    meaning: 'An invoice, or a part of it, was taken back.',
  },
} as const satisfies Readonly<Record<string, ChangeKind>>;

/** The type of a change, such as "invoice.finalized". */
export type ChangeType = keyof typeof CHANGE_KINDS;
