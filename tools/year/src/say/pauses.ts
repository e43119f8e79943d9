import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { PausedBook, ResumedBook } from '@billingrails/recompute';
import { steadily } from '@billingrails/stack/until';
import { MEANWHILE, PRORATIONS, timingOf, type Say } from './saying';

export const sayPaused: Say<PausedBook> = (fact, { clients, subscriptionId, requestId }) => {
  const { when, resumeMs, billed, proration } = fact;
  const pause = {
    ...timingOf(when),
    ...(resumeMs === undefined ? {} : { resumeTime: timestampFromMs(resumeMs) }),
    billed: MEANWHILE[billed],
    proration: PRORATIONS[proration],
  };
  const request = { subscriptionId, pause, requestId };
  const send = async () => {
    await steadily(() => clients.subscriptions.pauseSubscription(request));
  };
  return { send, preview: { pause } };
};

export const sayResumed: Say<ResumedBook> = (fact, { clients, subscriptionId, requestId }) => {
  const resume = { ...timingOf(fact.when), proration: PRORATIONS[fact.proration] };
  const request = { subscriptionId, resume, requestId };
  const send = async () => {
    await steadily(() => clients.subscriptions.resumeSubscription(request));
  };
  return { send, preview: { resume } };
};
