export { Billingrails, type BillingrailsOptions, type ServiceAddresses } from './client.js';
export { BillingrailsError, type Violation } from './errors.js';
export { EventSender, type EventInit, type EventSenderOptions } from './event-sender.js';
export { paged } from './paged.js';
export type { RetryPolicy } from './retries.js';
export { verifyWebhook, type WebhookEvent } from './webhooks.js';
export { Code } from '@connectrpc/connect';
