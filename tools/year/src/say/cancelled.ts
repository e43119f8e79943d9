import { CancelTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { CancelledBook } from '@billingrails/recompute';
import { steadily } from '@billingrails/stack/until';
import { PRORATIONS, type Say } from './saying';

export const sayCancelled: Say<CancelledBook> = (fact, { clients, subscriptionId, requestId }) => {
  const timing = fact.when.kind === 'now' ? CancelTiming.NOW : CancelTiming.PERIOD_END;
  const request = { subscriptionId, timing, refund: PRORATIONS[fact.proration], requestId };
  const send = async () => {
    await steadily(() => clients.subscriptions.cancelSubscription(request));
  };
  return { send };
};
