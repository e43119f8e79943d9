import type { PlainRoute } from '@billingrails/rpc';
import { WEBHOOK_PATH } from '../contract/collection';
import { hearEvent, type Heard } from '../use-cases/hear-event';
import type { CollectingParts } from '../use-cases/provider-of';

/** How each outcome is said to Stripe, which sends again whatever was not answered with 2xx. */
const STATUS: Record<Heard, number> = { taken: 200, unknown: 404, unsigned: 400, later: 503 };

/** Where Stripe sends its events: each organisation has a path of its own. `onHeard` is called after each. */
export function stripeWebhook(parts: CollectingParts, onHeard: () => void): PlainRoute {
  return {
    name: 'StripeWebhook',
    prefix: WEBHOOK_PATH,
    async handle({ rest, headers, body }) {
      const signature = headers['stripe-signature'];
      const heard = await hearEvent(parts, {
        organisationId: rest,
        signature: typeof signature === 'string' ? signature : '',
        body,
      });
      if (heard === 'taken') onHeard();
      return { status: STATUS[heard] };
    },
  };
}
