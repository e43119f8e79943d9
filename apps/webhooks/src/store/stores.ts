import type { IndexSpec, Mongo } from '@billingrails/mongo';
import {
  DELIVERY_INDEXES,
  deliveryStore,
  type DeliveryStore,
} from '../deliveries/store/deliveries';
import { QUEUE_INDEXES, queueStore, type QueueStore } from '../deliveries/store/queues';
import { ENDPOINT_INDEXES, endpointStore, type EndpointStore } from '../endpoints/store/endpoints';
import {
  WEBHOOK_EVENT_INDEXES,
  webhookEventStore,
  type WebhookEventStore,
} from '../events/store/events';

/** Everything that webhooks keeps. */
export interface Stores {
  readonly mongo: Mongo;
  readonly endpoints: EndpointStore;
  readonly queues: QueueStore;
  readonly events: WebhookEventStore;
  readonly deliveries: DeliveryStore;
}

/** What must exist before the stores are used. */
export const INDEXES: readonly IndexSpec[] = [
  ...ENDPOINT_INDEXES,
  ...QUEUE_INDEXES,
  ...WEBHOOK_EVENT_INDEXES,
  ...DELIVERY_INDEXES,
];

/** Opens the stores. */
export function openStores(mongo: Mongo): Stores {
  const { db } = mongo;
  return {
    mongo,
    endpoints: endpointStore(db),
    queues: queueStore(db),
    events: webhookEventStore(db),
    deliveries: deliveryStore(db),
  };
}
