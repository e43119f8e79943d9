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
import type { AcceptanceContext } from '../domain/accept-event';
import type { EventOutcome } from '../domain/event';
import { ingestEvents, type Caller, type IngestParts } from '../use-cases/ingest-events';

/**
 * The Events API: parse, use case, answer. The answers are made as plain messages, since `create` would cost more than
 * all the rest of a batch's answer.
 */
export function eventService(parts: IngestParts): Partial<ServiceImpl<typeof EventService>> {
  return {
    async ingestEvent(request: IngestEventRequest, context): Promise<IngestEventResponse> {
      const decide = (judgedBy: AcceptanceContext) => acceptSingle(request, judgedBy);
      const { outcomes, consistencyToken } = await ingestEvents(parts, callerOf(context), decide);
      const [outcome] = outcomes;
      assert(outcome !== undefined, 'an accepted event has an outcome');
      return {
        $typeName: 'billingrails.ingest.v1.IngestEventResponse',
        event: toProto(outcome),
        consistencyToken,
      };
    },
    async ingestEvents(request: IngestEventsRequest, context): Promise<IngestEventsResponse> {
      const decide = (judgedBy: AcceptanceContext) => acceptBatch(request.events, judgedBy);
      const { outcomes, consistencyToken } = await ingestEvents(parts, callerOf(context), decide);
      return {
        $typeName: 'billingrails.ingest.v1.IngestEventsResponse',
        events: outcomes.map(toProto),
        consistencyToken,
      };
    },
  };
}

/** Whose call it is. */
export function callerOf(context: HandlerContext): Caller {
  const principal = principalOf(context);
  return { principal, signal: context.signal, remainingMs: remainingMs(context) };
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
