import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  BilledMeanwhile,
  Proration,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import {
  ChangeTiming,
  type PreviewChangeRequestSchema,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { SubscriptionBook, When } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import type { Defined } from '../define';

/** The platform's ids of what the history has by name. */
export interface Ids extends Defined {
  /** Grows as the history goes on. */
  readonly subscriptions: Map<string, string>;
}

/** Of what, and to whom something is said. */
export interface Talk {
  readonly clients: Clients;
  readonly ids: Ids;
  readonly book: SubscriptionBook;
  /** Empty before it is subscribed. */
  readonly subscriptionId: string;
  readonly requestId: string;
}

/** How a fact is told, again where it was not heard. */
export interface Saying {
  readonly send: () => Promise<void>;
  /** What shows the bill that it will make. Unset: nothing does. */
  readonly preview?: Omit<
    MessageInitShape<typeof PreviewChangeRequestSchema>,
    'subscriptionId' | '$typeName'
  >;
}

/** How facts of a kind are told. */
export type Say<Book> = (fact: Book, talk: Talk) => Saying;

export const PRORATIONS = {
  second: Proration.SECOND,
  day: Proration.DAY,
  none: Proration.NONE,
} as const;

export const MEANWHILE = {
  nothing: BilledMeanwhile.NOTHING,
  recurring: BilledMeanwhile.RECURRING,
  usage: BilledMeanwhile.USAGE,
} as const;

export function timingOf(when: When) {
  if (when.kind === 'at')
    return { timing: ChangeTiming.AT_TIME, effectiveTime: timestampFromMs(when.ms) };
  return { timing: when.kind === 'now' ? ChangeTiming.NOW : ChangeTiming.PERIOD_END };
}

/** The version of a plan that requests name; nothing for none. */
export function planOf({ plans }: Ids, name: string | undefined) {
  return plans.get(name ?? '') ?? {};
}
