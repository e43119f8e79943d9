import { encodeConsistencyToken } from '@billingrails/bus';
import { IngestStatus } from '@billingrails/contracts/billingrails/ingest/v1/event_pb';
import type { IngestedEvent } from '@billingrails/contracts/billingrails/ingest/v1/event_pb';
import type {
  EventService,
  IngestEventRequest,
  IngestEventResponse,
  IngestEventsRequest,
  IngestEventsResponse,
} from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { assert } from '@billingrails/errors';
import { principalOf, remainingMs, toTimestamp } from '@billingrails/rpc';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { acceptBatch, acceptSingle } from '../domain/accept-batch';
import type { Acceptance } from '../domain/accept-batch';
import type { AcceptanceContext } from '../domain/accept-event';
import type { EventOutcome } from '../domain/event';
import type { EventDefinitions } from '../domain/event-definitions';
import type { GroupCommitter } from '../publishing/group-committer';

export interface EventServiceOptions {
  readonly committer: GroupCommitter;
  readonly definitions: EventDefinitions;
  readonly nowMs: () => number;
  /** An idempotency key that nobody has used. */
  readonly nextKey: () => string;
}

/**
 * The Events API: decide, publish, answer. The answers are made as plain messages, since `create` would cost more than
 * all the rest of a batch's answer.
 */
export function eventService(
  options: EventServiceOptions,
): Partial<ServiceImpl<typeof EventService>> {
  return {
    async ingestEvent(request: IngestEventRequest, context): Promise<IngestEventResponse> {
      const decide = (judgedBy: AcceptanceContext) => acceptSingle(request, judgedBy);
      const { events, consistencyToken } = await ingest(options, context, decide);
      const [event] = events;
      assert(event !== undefined, 'an accepted event has an outcome');
      return {
        $typeName: 'billingrails.ingest.v1.IngestEventResponse',
        event,
        consistencyToken,
      };
    },
    async ingestEvents(request: IngestEventsRequest, context): Promise<IngestEventsResponse> {
      const decide = (judgedBy: AcceptanceContext) => acceptBatch(request.events, judgedBy);
      const { events, consistencyToken } = await ingest(options, context, decide);
      return {
        $typeName: 'billingrails.ingest.v1.IngestEventsResponse',
        events,
        consistencyToken,
      };
    },
  };
}

async function ingest(
  { committer, definitions, nowMs, nextKey }: EventServiceOptions,
  context: HandlerContext,
  decide: (judgedBy: AcceptanceContext) => Acceptance,
): Promise<{ events: IngestedEvent[]; consistencyToken: string }> {
  const { organisationId } = principalOf(context);
  const receiveTimeMs = nowMs();
  const { events, outcomes } = decide({
    nowMs: receiveTimeMs,
    ...definitions.of(organisationId),
    nextKey,
  });
  const sequences = await committer.submit(
    { organisationId, events, receiveTimeMs },
    { signal: context.signal, remainingMs: remainingMs(context) },
  );
  return { events: outcomes.map(toProto), consistencyToken: encodeConsistencyToken(sequences) };
}

/** What the caller is told about an event. */
export function toProto({ idempotencyKey, timestampMs, duplicate }: EventOutcome): IngestedEvent {
  return {
    $typeName: 'billingrails.ingest.v1.IngestedEvent',
    idempotencyKey,
    timestamp: toTimestamp(timestampMs),
    status: duplicate ? IngestStatus.DUPLICATE : IngestStatus.QUEUED,
  };
}
