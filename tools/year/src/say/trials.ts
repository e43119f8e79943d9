import type { ConvertedBook } from '@billingrails/recompute';
import { steadily } from '@billingrails/stack/until';
import { PRORATIONS, timingOf, type Say } from './saying';

export const sayConverted: Say<ConvertedBook> = (fact, { clients, subscriptionId, requestId }) => {
  const conversion = { ...timingOf(fact.when), proration: PRORATIONS[fact.proration] };
  const request = { subscriptionId, conversion, requestId };
  const send = async () => {
    await steadily(() => clients.subscriptions.convertTrial(request));
  };
  return { send, preview: { conversion } };
};
