import type { AddOnBook, FeeChangedBook } from '@billingrails/recompute';
import { steadily } from '@billingrails/stack/until';
import { groupPricesOf, priceOf } from '../define/prices';
import { planOf, PRORATIONS, timingOf, type Say } from './saying';

export const sayAddOn: Say<AddOnBook> = (fact, { clients, ids, subscriptionId, requestId }) => {
  const { addOn, quantity, when, proration } = fact;
  const addOns = [{ ...planOf(ids, addOn), quantity }];
  const change = {
    ...{ addOns, ...timingOf(when), proration: PRORATIONS[proration] },
    allowSharedUsage: true,
  };
  const request = { subscriptionId, change, requestId };
  const send = async () => {
    await steadily(() => clients.subscriptions.changeSubscription(request));
  };
  return { send, preview: { change } };
};

export const sayFeeChanged: Say<FeeChangedBook> = (
  fact,
  { clients, ids, subscriptionId, requestId },
) => {
  const { fee, when, proration } = fact;
  const fees = [{ feeId: ids.fees.get(fee) ?? '', charged: chargedOf(fact) }];
  const change = { fees, ...timingOf(when), proration: PRORATIONS[proration] };
  const request = { subscriptionId, change, requestId };
  const send = async () => {
    await steadily(() => clients.subscriptions.changeSubscription(request));
  };
  return { send, preview: { change } };
};

function chargedOf({ price, removed }: FeeChangedBook) {
  if (price === undefined)
    return { case: removed ? ('removed' as const) : ('listed' as const), value: {} };
  const { model, terms, groupPrices = [] } = price;
  const value = { price: priceOf(model, terms), groupPrices: groupPricesOf(groupPrices) };
  return { case: 'ownPrice' as const, value };
}
