import type { ReasonText } from './reason';

/** Reasons of invoicing. Those of messages stand in its log and its quarantine, not in answers. */
export const invoicingReasons = {
  INVOICE_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The organisation has no invoice of that id.',
    cure: 'Take the id from `ListInvoices`; an invoice appears when its bill is made.',
  },
  LINE_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The invoice has no line of that id.',
    cure: 'Take the id from the invoice, or from `ListInvoiceLines`.',
  },
  BILLING_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'Billing cannot be asked for prepaid credits or an account now, so invoices wait.',
    cure: 'Try again after the delay; look whether billing is healthy and `BILLING_URL` right.',
  },
  LANGUAGE_UNKNOWN: {
    kind: 'invalid',
    meaning: 'Documents are not written in the language that was asked for.',
    cure: 'Use one that the message names, or leave `language` empty for English.',
  },
  STATEMENT_TOO_LONG: {
    kind: 'precondition',
    meaning: 'The statement has more than 10,000 entries, which nobody reads on pages.',
    cure: 'Ask for a shorter span, or page through `GetStatement`.',
  },
  LOGO_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The organisation has no logo of that id.',
    cure: 'Take the id from the answer of `CreateLogo`.',
  },
  LOGO_INVALID: {
    kind: 'invalid',
    meaning: 'The picture cannot be a logo.',
    cure: 'Send a PNG or a JPEG of the size that `BadRequest` names.',
  },
  INVOICE_INVALID: {
    kind: 'invalid',
    meaning: 'A one-off invoice cannot be as it was asked for.',
    cure: 'Correct the fields that `BadRequest` names.',
  },
  INVOICE_FINALIZED: {
    kind: 'precondition',
    meaning: 'The invoice is finalized: it never changes.',
    cure: 'Create a credit note, or make it void and issue it anew.',
  },
  INVOICE_NOT_FINALIZED: {
    kind: 'precondition',
    meaning: 'The invoice is a draft: it has no number yet, so it is no document for others.',
    cure: 'Finalize it with `FinalizeInvoice`, or wait until it is.',
  },
  E_INVOICE_INCOMPLETE: {
    kind: 'precondition',
    meaning:
      'The invoice says too little to be an e-invoice of EN 16931. The violations name each gap.',
    cure: 'Set what the violations name, for later invoices: this one stays as it is.',
  },
  DRAFT_EDIT_INVALID: {
    kind: 'invalid',
    meaning: 'The draft cannot be changed as given.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  INVOICE_NOT_VOIDABLE: {
    kind: 'precondition',
    meaning: 'The invoice was paid or credited, at least in part.',
    cure: 'Reverse its payments first with `ReversePayment`; or credit it with `CreateCreditNote`.',
  },
  INVOICE_VOID: {
    kind: 'precondition',
    meaning: 'The invoice is void: it asks for nothing any more.',
    cure: 'Take the invoice that was issued anew, which `replaced_by_invoice_id` names.',
  },
  NOTHING_OPEN: {
    kind: 'precondition',
    meaning: 'Nothing of the invoice is open.',
    cure: 'Nothing is to be done: it was paid, credited or carried forward.',
  },
  PAYMENT_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The organisation has no payment of that id.',
    cure: 'Take the id from `ListPayments`.',
  },
  PAYMENT_INVALID: {
    kind: 'invalid',
    meaning: 'The payment cannot be recorded as given.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  PAYMENT_REVERSED: {
    kind: 'precondition',
    meaning: 'The payment is reversed already.',
    cure: 'Nothing is to be done; record another payment if money came after all.',
  },
  PAYMENT_COLLECTED: {
    kind: 'precondition',
    meaning: 'The payment was taken by Stripe: it is not reversed by hand.',
    cure: 'Pay it back with `RefundPayment`, or create a credit note with `disposition` REFUND.',
  },
  REFUND_EXCEEDS_PAYMENT: {
    kind: 'precondition',
    meaning: 'Less than that is left of the payment, or it was reversed.',
    cure: 'Look at what was refunded of it, and refund less, or of another payment.',
  },
  REFUND_EXCEEDS_BALANCE: {
    kind: 'precondition',
    meaning: 'Only what is on the account’s balance is paid back, and it has less than that.',
    cure: 'To pay back what paid an invoice, create a credit note with `disposition` REFUND.',
  },
  COLLECTION_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The organisation has no such invoice, or it is not collected by itself.',
    cure: 'Collect it with `CollectInvoice`, or set `collection_method`.',
  },
  SECRETS_NOT_KEPT: {
    kind: 'precondition',
    meaning: 'Invoicing was given no key to seal secrets with, so it keeps none.',
    cure: 'Let the operator set `SECRETS_KEYS`.',
  },
  STRIPE_NOT_CONNECTED: {
    kind: 'precondition',
    meaning: 'The organisation has connected no account at Stripe.',
    cure: 'Connect one with `ConnectStripe`.',
  },
  STRIPE_CONNECTION_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The organisation has connected no account at Stripe.',
    cure: 'Connect one with `ConnectStripe`.',
  },
  STRIPE_KEY_REFUSED: {
    kind: 'invalid',
    meaning: 'Stripe does not take the key, or it may not do what is needed.',
    cure: 'Take a secret key, or a restricted one that may do what docs/payments.md lists.',
  },
  STRIPE_ACCOUNT_DIFFERS: {
    kind: 'precondition',
    meaning: 'The key opens another account at Stripe, or tests of it, than is connected.',
    cure: 'Disconnect the one that is connected first: its customers are not in the other.',
  },
  COLLECTION_UNDER_WAY: {
    kind: 'precondition',
    meaning: 'Attempts or refunds are under way, whose outcome could not be asked for any more.',
    cure: 'Wait until `ListPaymentAttempts` and `ListRefunds` have none that is.',
  },
  STRIPE_REFUSED: {
    kind: 'precondition',
    meaning: 'Stripe refuses what was asked. The message says why, in its words.',
    cure: 'Correct what it says, in the request or at Stripe.',
  },
  STRIPE_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'Stripe does not answer, or not so that it says what was done.',
    cure: 'Try again after the delay, with the same `request_id`.',
  },
  PAYMENT_CUSTOMER_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The account is linked to no customer at Stripe.',
    cure: 'Link one with `LinkPaymentCustomer`.',
  },
  STRIPE_CUSTOMER_NOT_FOUND: {
    kind: 'invalid',
    meaning: 'The connected account at Stripe has no customer of that id.',
    cure: 'Take the id from Stripe, or leave it empty for a new one.',
  },
  PAYMENT_METHOD_NOT_SET_UP: {
    kind: 'precondition',
    meaning: 'The setup is not of the account’s customer, or the customer has not completed it.',
    cure: 'Let the customer complete it, or begin another.',
  },
  STATEMENT_INVALID: {
    kind: 'invalid',
    meaning: 'There is no statement as asked for.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  CREDIT_NOTE_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The organisation has no credit note of that id.',
    cure: 'Take the id from `ListCreditNotes`.',
  },
  CREDIT_NOTE_INVALID: {
    kind: 'invalid',
    meaning: 'The credit note cannot be created as given.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  CREDIT_EXCEEDS_INVOICE: {
    kind: 'precondition',
    meaning: 'Credit notes never come to more than their invoice, and less than that is left.',
    cure: 'Look at the credit notes that there are with `ListCreditNotes`, and credit less.',
  },
  CREDIT_EXCEEDS_OPEN: {
    kind: 'precondition',
    meaning: 'More was to be written off than is open.',
    cure: 'Credit less, or let what was paid go to the balance or be refunded (`disposition`).',
  },
  AMOUNT_INVALID: {
    kind: 'invalid',
    meaning: 'An amount cannot be taken as given.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  INVOICING_SETTINGS_INVALID: {
    kind: 'invalid',
    meaning: 'Invoices cannot be made by the settings as given.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  TAX_INVALID: {
    kind: 'invalid',
    meaning:
      'A rate, a tax id or what else decides about taxes is not possible. The violations name it.',
    cure: 'Correct what the violations name. Of a tax id every letter and digit counts.',
  },
  TAX_RATE_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The organisation has no tax rate of that id.',
    cure: 'Take the id from `ListTaxRates`.',
  },
  TOO_MANY_TAX_RATES: {
    kind: 'precondition',
    meaning: 'The organisation keeps as many tax rates as it can.',
    cure: 'Use a calculation service for so many places.',
  },
  NO_TAX_CALCULATOR: {
    kind: 'precondition',
    meaning: 'Taxes cannot come from a calculation service, as invoicing is set to use none.',
    cure: 'Let the operator set one, or keep a table of rates.',
  },
  TAX_CALCULATOR_AWAY: {
    kind: 'unavailable',
    meaning:
      'The service that calculates taxes does not answer, or not so that it can be applied. The invoice waits and is tried again.',
    cure: 'Read what the log says of it: the service may be away, its key wrong, or an address not known to it.',
  },
  TAX_TERMS_CHANGED: {
    kind: 'stale',
    meaning:
      'What decides about taxes was changed while an invoice was put together. It is tried again.',
    cure: 'Nothing is to be done.',
  },
  COUPON_INVALID: {
    kind: 'invalid',
    meaning: 'A coupon cannot be created so. The violations name what is wrong.',
    cure: 'Correct what the violations name.',
  },
  COUPON_EXISTS: {
    kind: 'conflict',
    meaning: 'The organisation has a coupon of that code, perhaps an archived one.',
    cure: 'Choose another code: customers may still have the old one.',
  },
  COUPON_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The organisation has no coupon of that id or code.',
    cure: 'Take it from `ListCoupons`.',
  },
  COUPON_REDEMPTION_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The organisation has no redemption of that id.',
    cure: 'Take it from `ListCouponRedemptions`.',
  },
  COUPON_NOT_REDEEMABLE: {
    kind: 'precondition',
    meaning:
      'The coupon is archived, over, for others, or was redeemed as often as it can be. The message says which.',
    cure: 'Tell the customer, or create another coupon.',
  },
  INVOICE_NOT_COMPUTED: {
    kind: 'invalid',
    meaning: 'A bill could not be made an invoice. It is quarantined.',
    cure: 'Report it with what the quarantine says; it is tried again at every start.',
  },
  INVOICED_OTHERWISE: {
    kind: 'conflict',
    meaning: 'The bill was invoiced before, with other content. The invoice there is stands.',
    cure: 'Find out who sent the bill twice; invoices never change.',
  },
  BROKEN_BILL: {
    kind: 'invalid',
    meaning: 'The arithmetic of a bill does not hold. It is quarantined.',
    cure: 'Report it with what the quarantine says.',
  },
  UNDECODABLE_MESSAGE: {
    kind: 'invalid',
    meaning: 'A message of the stream is no bill at all. It is quarantined.',
    cure: 'Find out who else publishes on `billing.bill_posted`.',
  },
  UNREADABLE_MESSAGE: {
    kind: 'invalid',
    meaning:
      'A field of a message of billing is missing or malformed. A bill is quarantined, others stand in the log.',
    cure: 'Bring the service to the version of billing; a quarantined bill is tried again at every start.',
  },
} as const satisfies Record<string, ReasonText>;
