import { create, type JsonObject } from '@bufbuild/protobuf';
import {
  ConflictingEventSchema,
  QuarantinedMessageSchema,
  StoredEventSchema,
  StoredEventState,
  type ConflictingEvent,
  type QuarantinedMessage,
  type StoredEvent,
} from '@billingrails/contracts/billingrails/metering/v1/stored_event_pb';
import { toTimestamp } from '@billingrails/rpc';
import type { Verdict } from '../../outcomes/domain/verdict';
import type { Conflict } from '../../outcomes/store/conflicts';
import type { KeptMessage } from '../../outcomes/store/quarantine';
import { parseProperties } from '../domain/event';
import type { DescribedEvent, StoredState } from '../use-cases/event-history';

const STATES: Record<StoredState, StoredEventState> = {
  counted: StoredEventState.COUNTED,
  unusable: StoredEventState.UNUSABLE,
  filtered_out: StoredEventState.FILTERED_OUT,
  unmatched: StoredEventState.UNMATCHED,
  voided: StoredEventState.VOIDED,
  amended: StoredEventState.AMENDED,
};

/** The state that a request asks for; undefined for any. */
export function fromState(state: StoredEventState): StoredState | undefined {
  const states = Object.entries(STATES) as [StoredState, StoredEventState][];
  return states.find(([, known]) => known === state)?.[0];
}

/** A stored event as callers see it. */
export function toStoredEvent(described: DescribedEvent): StoredEvent {
  const { event, withdrawn } = described.stored;
  return create(StoredEventSchema, {
    ...contentOf(event),
    state: STATES[described.state],
    verdicts: described.verdicts.map(toVerdict),
    revision: described.revision,
    ...(withdrawn === undefined ? {} : { withdrawTime: toTimestamp(withdrawn.atMs) }),
    withdrawReason: described.withdrawReason,
  });
}

/** A conflicting event as callers see it. */
export function toConflictingEvent(conflict: Conflict): ConflictingEvent {
  const differingFields = [...conflict.differs];
  return create(ConflictingEventSchema, { ...contentOf(conflict), differingFields });
}

/** A quarantined message as callers see it. */
export function toQuarantinedMessage(message: KeptMessage): QuarantinedMessage {
  const { id, problem, byteCount, streamTimeMs, replayTimeMs } = message;
  return create(QuarantinedMessageSchema, {
    ...{ id, problem },
    streamTime: toTimestamp(streamTimeMs),
    byteCount: BigInt(byteCount),
    ...(replayTimeMs === undefined ? {} : { replayTime: toTimestamp(replayTimeMs) }),
  });
}

/** What an event and a conflict have in common. Properties that are no JSON object are not shown. */
function contentOf(event: {
  readonly key: string;
  readonly accountId: string;
  readonly eventName: string;
  readonly timestampMs: number;
  readonly receiveTimeMs: number;
  readonly properties: Uint8Array;
}) {
  const properties = parseProperties(event.properties);
  return {
    idempotencyKey: event.key,
    accountId: event.accountId,
    eventName: event.eventName,
    timestamp: toTimestamp(event.timestampMs),
    ...(properties === undefined ? {} : { properties: properties as JsonObject }),
    receiveTime: toTimestamp(event.receiveTimeMs),
  };
}

function toVerdict({ meterId, code, version, outcome, reason, value }: Verdict) {
  return {
    ...{ meterId, profile: code, version, outcome },
    reason: reason ?? '',
    value: value ?? '',
  };
}
