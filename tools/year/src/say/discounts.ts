import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { SubscriptionDiscountSchema } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import type { DiscountBook, DiscountedBook, UndiscountedBook } from '@billingrails/recompute';
import { steadily } from '@billingrails/stack/until';
import { timingOf, type Ids, type Say } from './saying';

type DiscountInit = MessageInitShape<typeof SubscriptionDiscountSchema>;

export function discountOf(
  { name, percentOff = '', amountOff = '', fee = '', cycles, untilMs }: DiscountBook,
  ids: Ids,
): DiscountInit {
  const off = { name, percentOff, amountOff, feeId: ids.fees.get(fee) ?? '' };
  if (cycles !== undefined) return { ...off, lasts: { case: 'cycles', value: cycles } };
  if (untilMs === undefined) return off;
  return { ...off, lasts: { case: 'endTime', value: timestampFromMs(untilMs) } };
}

export const sayDiscounted: Say<DiscountedBook> = (
  { discount, when },
  { clients, ids, subscriptionId, requestId },
) => {
  const change = { addedDiscounts: [discountOf(discount, ids)], ...timingOf(when) };
  const request = { subscriptionId, change, requestId };
  const send = async () => {
    await steadily(() => clients.subscriptions.changeSubscription(request));
  };
  return { send, preview: { change } };
};

/** It is named by its id, which the subscription has. */
export const sayUndiscounted: Say<UndiscountedBook> = (
  { discount, when },
  { clients, subscriptionId, requestId },
) => {
  const { subscriptions } = clients;
  const send = async () => {
    const { subscription } = await steadily(() =>
      subscriptions.getSubscription({ subscriptionId }),
    );
    const removedDiscountIds = (subscription?.discounts ?? [])
      .filter(({ name }) => name === discount)
      .map(({ id }) => id);
    const change = { removedDiscountIds, ...timingOf(when) };
    await steadily(() => subscriptions.changeSubscription({ subscriptionId, change, requestId }));
  };
  return { send };
};
