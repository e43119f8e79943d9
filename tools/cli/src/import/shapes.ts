import type { Role } from './mapping';

/** How another product's events are written: which field has what. Of several names the first that is there. */
export interface Shape {
  readonly fields: Partial<Readonly<Record<Exclude<Role, 'key'>, readonly string[]>>>;
  /** What makes an event the same when it is sent again; of several fields all together. */
  readonly key: readonly string[];
  /** Fields beside the properties that are properties as well. Others are left out. */
  readonly kept?: readonly string[];
}

/** Events as senders of these products have them, so that their files are imported as they are. */
export const SHAPES = {
  orb: {
    fields: { event_name: ['event_name'], account: ['external_customer_id', 'customer_id'] },
    key: ['idempotency_key'],
  },
  metronome: {
    fields: { event_name: ['event_type'], account: ['customer_id'] },
    key: ['transaction_id'],
  },
  stripe: {
    fields: {
      event_name: ['event_name'],
      account: ['payload.stripe_customer_id'],
      properties: ['payload'],
    },
    key: ['identifier'],
  },
  flexprice: {
    fields: { event_name: ['event_name'], account: ['external_customer_id', 'customer_id'] },
    key: ['event_id'],
    kept: ['source'],
  },
  polar: {
    fields: {
      event_name: ['name'],
      account: ['external_customer_id', 'customer_id'],
      properties: ['metadata'],
    },
    key: ['external_id'],
  },
  cloudevents: {
    fields: {
      event_name: ['type'],
      account: ['subject'],
      time: ['time'],
      properties: ['data'],
    },
    key: ['source', 'id'],
  },
  lago: {
    fields: { event_name: ['code'], account: ['external_subscription_id', 'external_customer_id'] },
    key: ['transaction_id'],
  },
} as const satisfies Readonly<Record<string, Shape>>;

export type ShapeName = keyof typeof SHAPES;
