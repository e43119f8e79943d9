import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { SubscriptionEvent } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import type { UndoneBook } from '@billingrails/recompute';
import { steadily } from '@billingrails/stack/until';
import type { Say } from './saying';

const EVENTS: Record<UndoneBook['what'], readonly SubscriptionEvent['event']['case'][]> = {
  cancelled: ['cancelled'],
  changed: ['planChanged', 'quantityChanged'],
  add_on: ['addOnChanged'],
  fee: ['feeChanged'],
};

/** It is named by its number, which the list of events has. */
export const sayUndone: Say<UndoneBook> = (fact, { clients, subscriptionId, requestId }) => {
  const { subscriptions } = clients;
  const send = async () => {
    const { events } = await steadily(() =>
      subscriptions.listSubscriptionEvents({ subscriptionId, pageSize: 1000 }),
    );
    const taken = events.flatMap(({ event }) =>
      event.case === 'takenBack' ? [event.value.number] : [],
    );
    const meant = events.find(
      ({ event, effectiveTime, number }) =>
        EVENTS[fact.what].includes(event.case) &&
        effectiveTime !== undefined &&
        timestampMs(effectiveTime) === fact.ofMs &&
        !taken.includes(number),
    );
    const { number = 0 } = meant ?? {};
    await steadily(() =>
      subscriptions.cancelScheduledChange({
        ...{ subscriptionId, number, requestId },
        ...{ allowDuplicate: true, allowSharedUsage: true },
      }),
    );
  };
  return { send };
};
