import { Webhook } from 'standardwebhooks';

/** What is posted to an endpoint, as JSON; `webhook_event.proto` has the fields. */
export interface WebhookEvent {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly object_id?: string;
  readonly object_type?: string;
  readonly account_id?: string;
  readonly sequence?: string;
  readonly [field: string]: unknown;
}

/**
 * The event of a webhook, once its signature has proved who sent it, at most five minutes ago. `body` is the text of
 * the request as it came, `secret` the endpoint's `whsec_…`. Throws WebhookVerificationError of `standardwebhooks`.
 */
export function verifyWebhook(
  secret: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string | Buffer,
): WebhookEvent {
  const single = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  return new Webhook(secret).verify(body, Object.fromEntries(single)) as WebhookEvent;
}
