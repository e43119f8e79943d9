import type { JsonObject } from './event-draft';

/** Where a shape has what an event of ours needs. Paths are names with dots between. */
export interface Shape {
  readonly name: string;
  /** The first that is there. */
  readonly account: readonly string[];
  /** The first that is there; with `source` both together are the key. */
  readonly key: readonly string[];
  readonly source?: string;
  readonly time: string;
  /** The object that holds the properties. */
  readonly properties: string;
  /** Names in that object that are no properties. */
  readonly without?: readonly string[];
  /** What else becomes a property, under its own name, unless the object has one of that name. */
  readonly also?: readonly string[];
  /** What is not read, and what to do about it. */
  readonly refused?: Readonly<Record<string, string>>;
  /** What must hold exactly this text. */
  readonly fixed?: JsonObject;
}

/** Every shape that is read. What a shape does not name here is not kept. */
const SHAPES = {
  /** CloudEvents 1.0, as OpenMeter takes them. */
  cloudevents: {
    name: 'type',
    account: ['subject'],
    key: ['id'],
    source: 'source',
    time: 'time',
    properties: 'data',
    refused: { data_base64: 'is not read: send the data as JSON, in data' },
    fixed: { specversion: '1.0' },
  },
  lago: {
    name: 'code',
    account: ['external_subscription_id', 'external_customer_id'],
    key: ['transaction_id'],
    time: 'timestamp',
    properties: 'properties',
  },
  orb: {
    name: 'event_name',
    account: ['external_customer_id', 'customer_id'],
    key: ['idempotency_key'],
    time: 'timestamp',
    properties: 'properties',
  },
  metronome: {
    name: 'event_type',
    account: ['customer_id'],
    key: ['transaction_id'],
    time: 'timestamp',
    properties: 'properties',
  },
  /** Meter events of Stripe: what is metered lies in the payload, beside the customer. */
  stripe: {
    name: 'event_name',
    account: ['payload.stripe_customer_id'],
    key: ['identifier'],
    time: 'timestamp',
    properties: 'payload',
    without: ['stripe_customer_id'],
  },
  flexprice: {
    name: 'event_name',
    account: ['external_customer_id', 'customer_id'],
    key: ['event_id'],
    time: 'timestamp',
    properties: 'properties',
    also: ['source'],
  },
  polar: {
    name: 'name',
    account: ['external_customer_id', 'customer_id'],
    key: ['external_id'],
    time: 'timestamp',
    properties: 'metadata',
  },
} as const satisfies Readonly<Record<string, Shape>>;

export type ShapeName = keyof typeof SHAPES;

export const SHAPE_NAMES = Object.keys(SHAPES) as ShapeName[];

export function shapeOf(name: ShapeName): Shape {
  return SHAPES[name];
}
