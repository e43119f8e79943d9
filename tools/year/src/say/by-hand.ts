import type { ByHandBook } from '@billingrails/recompute';
import { steadily } from '@billingrails/stack/until';
import type { Say } from './saying';

export const sayByHand: Say<ByHandBook> = (fact, { clients, subscriptionId, requestId }) => {
  const { description, amount, billNow } = fact;
  const request = { subscriptionId, description, amount, billNow, requestId };
  const send = async () => {
    await steadily(() => clients.subscriptions.createOneOffCharge(request));
  };
  return { send };
};
