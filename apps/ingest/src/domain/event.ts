import {
  EVENT_NAME_CHARACTERS_MAX,
  PROPERTIES_DEPTH_MAX,
  PROPERTY_KEY_CHARACTERS_MAX,
} from '@billingrails/filters';
import type { AccountId } from '@billingrails/ids';

/** Any JSON value, as `google.protobuf.Struct` holds it. From gRPC a number may also be NaN or infinite. */
export type Json = string | number | boolean | null | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

/** An event as it was sent: nothing is known about it yet. */
export interface SubmittedEvent {
  readonly eventName: string;
  readonly properties?: JsonObject | undefined;
  /** Empty: the server makes one. */
  readonly idempotencyKey: string;
  /** Seconds since 1970 and nanoseconds within the second. Unset: the time of arrival. */
  readonly timestamp?: { readonly seconds: bigint; readonly nanos: number } | undefined;
}

/** A valid event with its account, key and time resolved. */
export interface AcceptedEvent {
  readonly eventName: string;
  readonly accountId: AccountId;
  readonly idempotencyKey: string;
  readonly timestampMs: number;
  /** Whether the time is that of arrival, because the caller gave none. */
  readonly timestampAssigned: boolean;
  /** The properties as compact UTF-8 JSON, made once and carried as they are from here on. */
  readonly propertiesJson: Uint8Array;
}

/** What the caller is told about one event of the request. */
export interface EventOutcome {
  readonly idempotencyKey: string;
  readonly timestampMs: number;
  /** One with an earlier event of the same batch: same key, same content. */
  readonly duplicate: boolean;
}

/** The limits of the Events API; docs/events.md lists them for users. */
export const limits = {
  eventsMax: 100,
  eventNameCharactersMax: EVENT_NAME_CHARACTERS_MAX,
  idempotencyKeyCharactersMax: 256,
  propertiesBytesMax: 64 * 1024,
  propertiesDepthMax: PROPERTIES_DEPTH_MAX,
  propertiesKeysMax: 256,
  propertyKeyCharactersMax: PROPERTY_KEY_CHARACTERS_MAX,
  numberFractionDigitsMax: 18,
  futureMsMax: 60 * 60 * 1000,
  violationsListedMax: 100,
} as const;
