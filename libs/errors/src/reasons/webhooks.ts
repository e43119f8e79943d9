import type { ReasonText } from './reason';

/** Reasons of webhooks. */
export const webhookReasons = {
  WEBHOOK_ENDPOINT_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The organisation has no webhook endpoint of that id.',
    cure: 'Take the id from `ListWebhookEndpoints`.',
  },
  WEBHOOK_ENDPOINT_INVALID: {
    kind: 'invalid',
    meaning: 'A webhook endpoint cannot be kept so. The violations name what is wrong.',
    cure: 'Correct what the violations name: an https URL that is public, and types of events that there are.',
  },
  WEBHOOK_ENDPOINT_DISABLED: {
    kind: 'precondition',
    meaning: 'Nothing can be sent to the webhook endpoint, as it is disabled.',
    cure: 'Enable it with `UpdateWebhookEndpoint`, and send again.',
  },
  TOO_MANY_WEBHOOK_ENDPOINTS: {
    kind: 'precondition',
    meaning: 'The organisation has as many webhook endpoints as it can.',
    cure: 'Delete one that is not needed, or give one more types of events.',
  },
  WEBHOOK_DELIVERY_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The organisation has no webhook delivery of that id; they are kept for 30 days.',
    cure: 'Take the id from `ListWebhookDeliveries`.',
  },
  CHANGE_UNREADABLE: {
    kind: 'invalid',
    meaning: 'A message of stream CHANGES is none that can be told. It stands in the log.',
    cure: 'Find out who else publishes there; bring webhooks to the version of the other services.',
  },
} as const satisfies Record<string, ReasonText>;
