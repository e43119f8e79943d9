import type { FactBook, SubscriptionBook } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { sayAddOn, sayFeeChanged } from './besides';
import { sayByHand } from './by-hand';
import { sayCancelled } from './cancelled';
import { sayChanged } from './changed';
import { sayPaused, sayResumed } from './pauses';
import { sayDiscounted, sayUndiscounted } from './discounts';
import type { Ids, Say, Saying } from './saying';
import { saySubscribed } from './subscribed';
import { sayConverted } from './trials';
import { sayUndone } from './undone';

/** How each kind of fact is told: a file a subject. */
const SAYINGS = {
  subscribed: saySubscribed,
  changed: sayChanged,
  cancelled: sayCancelled,
  paused: sayPaused,
  resumed: sayResumed,
  converted: sayConverted,
  undone: sayUndone,
  one_off: sayByHand,
  add_on: sayAddOn,
  fee: sayFeeChanged,
  discounted: sayDiscounted,
  undiscounted: sayUndiscounted,
} satisfies { readonly [Kind in FactBook['kind']]: Say<Extract<FactBook, { kind: Kind }>> };

/** How the platform is told of a fact. */
export function say(
  clients: Clients,
  ids: Ids,
  book: SubscriptionBook,
  fact: FactBook,
): Saying & { readonly subscriptionId: string } {
  const subscriptionId = ids.subscriptions.get(book.name) ?? '';
  const requestId = `${book.name}-${fact.step}`;
  const saying = SAYINGS[fact.kind] as Say<FactBook>;
  return { ...saying(fact, { clients, ids, book, subscriptionId, requestId }), subscriptionId };
}

export type { Ids, Saying } from './saying';
