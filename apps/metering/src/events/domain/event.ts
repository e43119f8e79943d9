import { isObject, type JsonObject, type JsonValue, sameJson } from '@billingrails/filters';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { hash } from 'node:crypto';

/** An accepted event: valid, with its account, key and time resolved by ingest. */
export interface UsageEvent {
  /** `eventIdOf`: what it is known by, for ever. */
  readonly id: string;
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly eventName: string;
  readonly key: string;
  /** When it happened. */
  readonly timestampMs: number;
  /** Whether the server set `timestampMs`, because the caller gave none. */
  readonly timestampAssigned: boolean;
  /** When it was accepted. */
  readonly receiveTimeMs: number;
  /** UTF-8 JSON, as the caller ordered it. */
  readonly properties: Uint8Array;
}

/** Where an event lies in stream EVENTS: no two have the same place, and it never changes. */
export interface StreamPlace {
  readonly partition: number;
  /** The message's sequence in the stream. */
  readonly seq: number;
  /** The event's place in the message, from 0. */
  readonly index: number;
}

/** An event with its place. */
export interface PlacedEvent {
  readonly event: UsageEvent;
  readonly place: StreamPlace;
}

/** An event as it came, to be stored. */
export interface ArrivedEvent extends PlacedEvent {
  /** Its entry in the EventList that it came in, which is kept as it is. */
  readonly bytes: Uint8Array;
}

/** An event's organisation and key. No organisation's id holds a slash, so no two events have the same one. */
export function eventIdOf(organisationId: OrganisationId, key: string): string {
  return `${organisationId}/${key}`;
}

/** The properties as a JSON object; undefined when the bytes hold none. */
export function parseProperties(bytes: Uint8Array): JsonObject | undefined {
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
    const properties = JSON.parse(text) as JsonValue;
    return isObject(properties) ? properties : undefined;
  } catch {
    return undefined;
  }
}

const HASH_DIGITS = 32;

/**
 * Tells the contents of events of one key apart: 16 bytes. Equal hashes: the same content, without looking at it.
 * Unequal ones say nothing, as JSON has many forms: then `differingFields` decides.
 */
export function contentHashOf(event: UsageEvent): Uint8Array {
  const { accountId, eventName, timestampMs, timestampAssigned, properties } = event;
  const time = timestampAssigned ? 'assigned' : timestampMs;
  const { buffer, byteOffset, byteLength } = properties;
  // A character for each byte: text goes in and comes out faster than bytes do.
  const content = Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
  const digest = hash('sha256', `${accountId}\0${time}\0${eventName}\0${content}`);
  return Buffer.from(digest.slice(0, HASH_DIGITS), 'hex');
}

/** What two events of one key can differ in. */
export type EventField = 'account_id' | 'event_name' | 'timestamp' | 'properties';

/**
 * In what an event differs from the one stored under its key; nothing means that it is a duplicate. Timestamps that
 * were both set by the server are not compared (a retry is given another one), and properties are compared as JSON.
 */
export function differingFields(stored: UsageEvent, later: UsageEvent): EventField[] {
  const differs: Record<EventField, boolean> = {
    account_id: stored.accountId !== later.accountId,
    event_name: stored.eventName !== later.eventName,
    timestamp:
      stored.timestampMs !== later.timestampMs &&
      !(stored.timestampAssigned && later.timestampAssigned),
    properties: !sameProperties(stored.properties, later.properties),
  };
  return (Object.keys(differs) as EventField[]).filter((field) => differs[field]);
}

function sameProperties(a: Uint8Array, b: Uint8Array): boolean {
  if (Buffer.compare(a, b) === 0) return true;
  const jsonOfA = parseProperties(a);
  const jsonOfB = parseProperties(b);
  return jsonOfA !== undefined && jsonOfB !== undefined && sameJson(jsonOfA, jsonOfB);
}
