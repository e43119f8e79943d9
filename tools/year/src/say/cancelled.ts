import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { CancelTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { CancelledBook } from '@billingrails/recompute';
import { steadily } from '@billingrails/stack/until';
import { PRORATIONS, type Say } from './saying';

const TIMINGS: Record<CancelledBook['when']['kind'], CancelTiming> = {
  now: CancelTiming.NOW,
  period_end: CancelTiming.PERIOD_END,
  at: CancelTiming.AT_TIME,
  term_end: CancelTiming.TERM_END,
};

export const sayCancelled: Say<CancelledBook> = (fact, { clients, subscriptionId, requestId }) => {
  const { when } = fact;
  const request = {
    ...{
      subscriptionId,
      timing: TIMINGS[when.kind],
      refund: PRORATIONS[fact.proration],
      requestId,
    },
    ...(when.kind === 'at' && { effectiveTime: timestampFromMs(when.ms) }),
  };
  const send = async () => {
    await steadily(() => clients.subscriptions.cancelSubscription(request));
  };
  return { send };
};
