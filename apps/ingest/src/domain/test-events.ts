import { DomainError } from '@billingrails/errors';
import type { AcceptanceContext } from './accept-event';
import type { JsonObject, SubmittedEvent } from './event';
import { defaultAccountPath } from './property-path';

/** 2026-11-21T08:00:00Z: when the tests' events arrive. */
export const arrivalMs = Date.UTC(2026, 10, 21, 8);

/** The seed's event. */
export const songPlayed: SubmittedEvent = {
  eventName: 'Song played',
  properties: {
    song_id: '12345',
    artist: 'The Beatles',
    album: 'Abbey Road',
    duration: 240,
    billingrails_account_id: 'acct_67890',
  },
  idempotencyKey: 'unique_event_id_12345',
  timestamp: { seconds: 1_696_161_600n, nanos: 0 },
};

/** A context at `arrivalMs` with default accounts, whose keys count up: made_1, made_2… */
export function contextAtArrival(changes: Partial<AcceptanceContext> = {}): AcceptanceContext {
  let made = 0;
  return {
    nowMs: arrivalMs,
    accountPathOf: () => defaultAccountPath,
    numberRulesOf: () => [],
    nextKey: () => `made_${++made}`,
    ...changes,
  };
}

/** The seed's event with these properties besides its account. */
export function eventWith(properties: JsonObject): SubmittedEvent {
  return { ...songPlayed, properties: { billingrails_account_id: 'acct_67890', ...properties } };
}

/** What the call says is wrong, as `path: description`; empty when it throws nothing. Other errors pass through. */
export function violationsOf(call: () => unknown): string[] {
  try {
    call();
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind !== 'invalid') throw error;
    return error.violations.map(({ field, description }) => `${field}: ${description}`);
  }
  return [];
}
